// Copies what static/ and the browser tests use out of node_modules, cuts the icon sprite, and writes the manifest:
// for every file the package it came from, the checksum of the package's archive (from package-lock.json) and its own.
//
//   node vendor.mjs <node_modules> <project>
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [modules, project] = process.argv.slice(2);
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));

// Package -> where its files go -> which files.
const TAKEN = {
  "htmx.org": ["static/vendor/htmx-4.0.1", ["dist/htmx.min.js", "dist/ext/hx-ws.min.js", "dist/ext/hx-ptag.min.js", "LICENSE"]],
  "wavesurfer.js": ["static/vendor/wavesurfer-8.0.1", ["dist/wavesurfer.esm.js", "LICENSE"]],
  "@twilio/voice-sdk": ["static/vendor/twilio-voice-2.18.5", ["dist/twilio.min.js", "LICENSE.md"]],
  "@fontsource-variable/inter": [
    "static/vendor/inter-5.3.0",
    ["files/inter-latin-wght-normal.woff2", "files/inter-latin-ext-wght-normal.woff2", "LICENSE"],
  ],
  "lucide-static": ["static/vendor/lucide-1.62.0", ["LICENSE"]],
  "axe-core": ["tests/browser/vendor", ["axe.min.js", "LICENSE"]],
};

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function sprite() {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").map((line) => line.trim()).filter(Boolean);
  const symbols = names.map((name) => {
    const drawn = readFileSync(join(modules, "lucide-static/icons", `${name}.svg`), "utf8");
    const inside = drawn.slice(drawn.indexOf(">", drawn.indexOf("<svg")) + 1, drawn.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${inside.trim().replaceAll(/>\s+</g, "><")}</symbol>`;
  });
  const notice = `Icons of lucide-static ${lock.packages["node_modules/lucide-static"].version}; ISC and MIT licences, see vendor/lucide-1.62.0/LICENSE`;
  const path = join(project, "static/icons.svg");
  writeFileSync(path, `<svg xmlns="http://www.w3.org/2000/svg"><!-- ${notice} -->\n${symbols.join("\n")}\n</svg>\n`);
  return path;
}

rmSync(join(project, "static/vendor"), { recursive: true, force: true });
const packages = Object.entries(TAKEN).map(([name, [folder, files]]) => {
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const { license } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  if (folder.includes("-") && !folder.endsWith(`-${version}`)) throw new Error(`${folder} is not version ${version}`);
  mkdirSync(join(project, folder), { recursive: true });
  const sums = {};
  for (const file of files) {
    const to = `${folder}/${file.split("/").pop()}`;
    copyFileSync(join(modules, name, file), join(project, to));
    sums[to] = sha256(join(project, to));
  }
  if (name === "lucide-static") sums["static/icons.svg"] = sha256(sprite());
  return { package: name, version, license, archive: integrity, files: sums };
});
writeFileSync(join(project, "static/vendor/MANIFEST.json"), `${JSON.stringify({ packages }, null, 2)}\n`);
