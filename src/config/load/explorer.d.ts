// cosmiconfig's reader of files, without the function in front of it: that one reads settings of its own from the current folder
// (package.json, .config/), which may name other files, loaders and places.
declare module 'cosmiconfig/dist/Explorer.js' {
  export class Explorer {
    constructor(options: {
      moduleName: string
      /** where in a file of the name `package.*` the config stands: at its top */
      packageProp: readonly string[]
      searchPlaces: readonly string[]
      loaders: Readonly<Record<string, (file: string) => Promise<unknown>>>
      searchStrategy: 'none'
      cache: false
      transform: <Result>(result: Result) => Result
      metaConfigFilePath: null
      ignoreEmptySearchPlaces: true
      applyPackagePropertyPathToConfiguration: false
      mergeImportArrays: false
      mergeSearchPlaces: false
    })
    load(file: string): Promise<{ config: unknown; isEmpty?: boolean } | null>
  }
}
