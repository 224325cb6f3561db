import { copyFileSync } from "node:fs";

const copyPage = { apply: (compiler) => compiler.hooks.done.tap("page", () => copyFileSync("index.html", "dist/index.html")) };

export default { mode: "production", entry: "./main.js", plugins: [copyPage] };
