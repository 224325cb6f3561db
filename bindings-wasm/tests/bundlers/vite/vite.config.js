// The core's file lies beside the package's code: Vite's development server must leave it there.
export default { optimizeDeps: { exclude: ["larkspur"] } };
