import { Lab } from '../hosts/lab.ts'
import { measureCosts } from './following-costs.ts'

const lab = await Lab.start({ hosts: 1, diskSize: '4g' })
try {
  process.stdout.write(`${JSON.stringify(await measureCosts(lab, 'web1'))}\n`)
} finally {
  await lab.stop()
}
