// Builds the console into a folder: node build.mjs [FOLDER], by default ../src/console, which is served.
// Every file is written compressed twice, for browsers that read Brotli and for others. The names of assets have a
// hash of their content.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const OUT = path.resolve(process.argv[2] ?? path.join(HERE, "../src/console"));
const MOST_SCRIPT = 60 * 1024;
const COMMON = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  preserveSymlinks: true, // the names of parts follow from paths, wherever the packages are
  write: false,
  metafile: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  jsx: "automatic",
  tsconfigRaw: "{}", // each bundle says below which library it is written for
  define: { "process.env.NODE_ENV": '"production"' },
};

const files = new Map();

/** Keep a file under a name with its hash, and return that name. */
function asset(name, content) {
  const { name: stem, ext } = path.parse(name);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const named = `${stem}-${hash}${ext}`;
  files.set(`assets/${named}`, Buffer.from(content));
  return named;
}

/** Bundle an entry, and return the names of its script and its style sheet, and the packages in them. */
async function bundle(name, entry, options) {
  const result = await build({ ...COMMON, ...options, entryPoints: { [name]: entry }, outdir: "out" });
  const [script, style] = [`${name}.js`, `${name}.css`].map((file) => {
    const made = result.outputFiles.find((one) => path.basename(one.path) === file);
    return asset(file, made.contents);
  });
  return { script, style, packages: packagesOf(result.metafile) };
}

/** Return the folders of the npm packages that a bundle has code of. */
function packagesOf(metafile) {
  const found = Object.keys(metafile.inputs).map(
    (input) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0],
  );
  return new Set(found.filter(Boolean));
}

/** Return the licences of packages as one text, because their terms ask that they be handed on. */
async function licences(folders) {
  const texts = [];
  for (const folder of [...folders].sort()) {
    const about = JSON.parse(await readFile(path.join(HERE, folder, "package.json"), "utf8"));
    const file = (await readdir(path.join(HERE, folder))).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? await readFile(path.join(HERE, folder, file), "utf8") : `Licence: ${about.license}`;
    texts.push(`${about.name} ${about.version}\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/** Keep a page, with the names of its assets in it. */
async function page(name, source, names) {
  const html = await readFile(path.join(HERE, source), "utf8");
  const filled = html.replace(/%(\w+)%/g, (_, key) => names[key]);
  files.set(name, Buffer.from(filled));
}

/** Return a file as Brotli has it, as small as possible. */
function brotli(content) {
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT } = constants;
  // The quality is the highest one by default.
  return brotliCompressSync(content, {
    params: { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_SIZE_HINT]: content.length },
  });
}

// GraphiQL's own fonts would be a third of all that is served. Without them it takes those of the system.
const WITHOUT_FONTS = {
  name: "without-fonts",
  setup: (/** @type {import("esbuild").PluginBuild} */ { onLoad }) =>
    onLoad({ filter: /node_modules\/graphiql\/.*\.css$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, "utf8")).replaceAll(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    })),
};

const app = await bundle("app", "src/main.jsx", { jsxImportSource: "preact" });
const graphiql = await bundle("graphiql", "src/graphiql/main.jsx", {
  jsxImportSource: "react",
  plugins: [WITHOUT_FONTS],
});
const icon = asset("icon.svg", await readFile(path.join(HERE, "src/icon.svg")));
const about = asset("licences.txt", await licences(new Set([...app.packages, ...graphiql.packages])));
await page("index.html", "src/index.html", { ...app, icon, about });
await page("graphiql.html", "src/graphiql/index.html", { ...graphiql, icon, about });

if (existsSync(OUT)) await rm(OUT, { recursive: true });
await mkdir(path.join(OUT, "assets"), { recursive: true });
for (const [name, content] of files) {
  await writeFile(path.join(OUT, `${name}.gz`), gzipSync(content, { level: 9 }));
  await writeFile(path.join(OUT, `${name}.br`), brotli(content));
}
const scriptSize = gzipSync(files.get(`assets/${app.script}`), { level: 9 }).length;
process.stdout.write(
  `The console's script has ${(scriptSize / 1024).toFixed(1)} KB of ${MOST_SCRIPT / 1024} KB.\n`,
);
if (scriptSize > MOST_SCRIPT) {
  process.stderr.write("That is too much.\n");
  process.exitCode = 1;
}
