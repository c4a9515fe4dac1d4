// Builds the console into a folder: node build.mjs [FOLDER], by default ../src/console, which is served.
// Every file is written compressed. The names of assets have a hash of their content.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
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

/**
 * Bundle an entry, and return the names of its script and its style sheet, and the packages in them.
 * What the app imports only when it is needed becomes a file of its own, whose name has a hash already.
 */
async function bundle(name, entry, options) {
  const result = await build({
    ...COMMON,
    ...options,
    entryPoints: { [name]: entry },
    outdir: "out",
    splitting: name === "app",
    chunkNames: "part-[hash]",
  });
  const named = new Map(result.outputFiles.map((file) => [path.basename(file.path), file]));
  const [script, style] = [`${name}.js`, `${name}.css`].map((file) => named.get(file));
  for (const [file, { contents }] of named) {
    if (file !== `${name}.js` && file !== `${name}.css`) files.set(`assets/${file}`, Buffer.from(contents));
  }
  return {
    script: asset(`${name}.js`, script.contents),
    style: asset(`${name}.css`, style.contents),
    packages: packagesOf(result.metafile),
  };
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

const app = await bundle("app", "src/main.jsx", { jsxImportSource: "preact" });
const graphiql = await bundle("graphiql", "src/graphiql/main.jsx", {
  jsxImportSource: "react",
  loader: { ".woff2": "dataurl", ".ttf": "dataurl" },
});
const icon = asset("icon.svg", await readFile(path.join(HERE, "src/icon.svg")));
const about = asset("licences.txt", await licences(new Set([...app.packages, ...graphiql.packages])));
await page("index.html", "src/index.html", { ...app, icon, about });
await page("graphiql.html", "src/graphiql/index.html", { ...graphiql, icon, about });

if (existsSync(OUT)) await rm(OUT, { recursive: true });
await mkdir(path.join(OUT, "assets"), { recursive: true });
let scriptSize = 0;
for (const [name, content] of files) {
  const packed = gzipSync(content, { level: 9 });
  if (name === `assets/${app.script}`) scriptSize = packed.length;
  await writeFile(path.join(OUT, `${name}.gz`), packed);
}
process.stdout.write(
  `The console's script has ${(scriptSize / 1024).toFixed(1)} KB of ${MOST_SCRIPT / 1024} KB.\n`,
);
if (scriptSize > MOST_SCRIPT) {
  process.stderr.write("That is too much.\n");
  process.exitCode = 1;
}
