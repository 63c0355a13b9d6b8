// Runs every scenario of the WebAssembly build and compares its state hashes with those that native runs are held to.
//
//   cargo build --release --package oreworld-web --target wasm32-unknown-unknown
//   node web/check.mjs [FILE.wasm]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? here("../target");
const file = process.argv[2] ?? `${target}/wasm32-unknown-unknown/release/oreworld_web.wasm`;

const module = await WebAssembly.compile(readFileSync(file));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
  throw new Error(`the model asks its host for ${imports.map(({ name }) => name).join(", ")}`);
}
const { exports } = await WebAssembly.instantiate(module, {});

const name = (i) =>
  new TextDecoder().decode(
    new Uint8Array(exports.memory.buffer, exports.scenario_name(i), exports.scenario_name_length(i)),
  );
const scenarios = new Map(Array.from({ length: exports.scenarios() }, (_, i) => [name(i), i]));
const hex = (word) => BigInt.asUintN(64, word).toString(16).padStart(16, "0");

const seen = new Set();
let compared = 0;
let different = 0;
for (const line of readFileSync(here("../tests/it/golden.txt"), "utf8").split("\n")) {
  if (line === "" || line.startsWith("#")) continue;
  const [scenario, seed, weeks, native] = line.trim().split(/\s+/);
  let found;
  if (scenario === "draws") {
    found = hex(exports.known_answer_digest());
  } else {
    if (!scenarios.has(scenario)) throw new Error(`no scenario ${scenario}`);
    found = hex(exports.run(scenarios.get(scenario), BigInt(seed), Number(weeks)));
  }
  const same = found === native;
  console.log(`${same ? "same     " : "DIFFERENT"}  ${scenario} seed ${seed} week ${weeks}: ${found}${same ? "" : `, native ${native}`}`);
  seen.add(scenario);
  compared += 1;
  different += same ? 0 : 1;
}
for (const scenario of scenarios.keys()) {
  if (!seen.has(scenario)) throw new Error(`nothing to compare ${scenario} with`);
}
if (compared === 0 || different > 0) {
  console.error(`${different} of ${compared} state hashes differ between WebAssembly and native runs`);
  process.exit(1);
}
console.log(`${compared} state hashes are the same in WebAssembly and in native runs`);
