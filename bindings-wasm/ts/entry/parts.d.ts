/** The core in base64, for builds that carry it along. */
declare module "larkspur-inline" {
  const base64: string;
  export default base64;
}

/** The core as the runtime's bundler gives it. */
declare module "larkspur-module" {
  const module: WebAssembly.Module;
  export default module;
}

/** The core of `larkspur/about`, in the same way. */
declare module "larkspur-about" {
  const module: WebAssembly.Module;
  export default module;
}
