/* Runs in a page: finds texts whose contrast to what lies behind them is too low (WCAG 2). */
globalThis.faintTexts = (least) => {
  const light = (colour) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((each) => {
      const part = Number(each) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each)
      if (!/, 0\)$|transparent/.test(backgroundColor)) return backgroundColor
    }
    return 'rgb(255, 255, 255)'
  }
  const found = new Set()
  for (const element of document.body.querySelectorAll(':not(title)')) {
    const text = [...element.childNodes].find((node) => node.nodeType === 3 && node.textContent.trim())
    if (!text) continue
    const style = getComputedStyle(element)
    const isInBar = / on-/.test(element.getAttribute('class') ?? '')
    const bar = isInBar ? element.previousElementSibling : null
    const one = light(element instanceof SVGElement ? style.fill : style.color)
    const other = light(bar ? getComputedStyle(bar).fill : behind(element))
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    if (contrast < least)
      found.add(
        `${element.getAttribute('class')} '${text.textContent.trim().slice(0, 30)}' ${contrast.toFixed(2)}`,
      )
  }
  return [...found].slice(0, 10)
}
