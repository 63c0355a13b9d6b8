// Opens reports in headless Chromium, by its DevTools protocol over a pipe, and fails when anything is not so.
//
// node .ci/browser.mjs CHROMIUM PROFILE SHOTS PAGE.html ..   (SHOTS: folder for screenshots, or nothing)
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [program, profile, shots, ...pages] = process.argv.slice(2);
mkdirSync(profile, { recursive: true });
if (shots) mkdirSync(shots, { recursive: true });

const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank",
];
const browser = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const limit = setTimeout(() => fail("the browser took more than four minutes"), 240_000);
const waiting = new Map();
let listeners = [];
let last = 0;
let rest = "";
browser.stdio[4].on("data", (bytes) => {
  const parts = (rest + bytes.toString("latin1")).split("\0");
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(Buffer.from(part, "latin1").toString("utf8"));
    if (message.id) {
      const { done, failed } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) failed(new Error(message.error.message));
      else done(message.result);
    } else for (const listener of [...listeners]) listener(message);
  }
});
browser.on("exit", () => { if (waiting.size) fail("the browser ended"); });

function fail(what) {
  console.error(`FAILED: ${what}`);
  browser.kill("SIGKILL");
  process.exit(1);
}

function send(method, params = {}, sessionId = undefined) {
  const id = ++last;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((done, failed) => waiting.set(id, { done, failed }));
}

// A page with all that it says, asks for and breaks.
async function open(path, script = true) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const to = (method, params) => send(method, params, sessionId);
  const page = { to, wrong: [], requests: [], targetId, url: pathToFileURL(path).href };
  let loaded;
  const ready = new Promise((done) => { loaded = done; });
  page.listener = ({ method, params, sessionId: from }) => {
    if (from !== sessionId) return;
    if (method === "Page.loadEventFired") loaded();
    if (method === "Network.requestWillBeSent") page.requests.push(params.request.url);
    if (method === "Runtime.exceptionThrown") page.wrong.push(`exception: ${params.exceptionDetails.text}`);
    if (method === "Runtime.consoleAPICalled") page.wrong.push(`console.${params.type}`);
    if (method === "Log.entryAdded") page.wrong.push(`${params.entry.source} ${params.entry.level}: ${params.entry.text}`);
  };
  listeners.push(page.listener);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await to(`${domain}.enable`);
  if (!script) await to("Emulation.setScriptExecutionDisabled", { value: true });
  await to("Page.navigate", { url: page.url });
  await ready;
  page.run = async (body, ...args) => {
    const expression = `(${body})(...${JSON.stringify(args)})`;
    const { result, exceptionDetails } = await to("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  page.size = (width, height = 900) =>
    to("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 500 });
  page.press = async (key, code, windowsVirtualKeyCode, text) => {
    await to("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", key, code, windowsVirtualKeyCode, text });
    await to("Input.dispatchKeyEvent", { type: "keyUp", key, code, windowsVirtualKeyCode });
  };
  page.tab = () => page.press("Tab", "Tab", 9);
  page.enter = () => page.press("Enter", "Enter", 13, "\r");
  page.space = () => page.press(" ", "Space", 32, " ");
  page.shot = async (name) => {
    if (!shots) return;
    const { contentSize } = await to("Page.getLayoutMetrics");
    const clip = { x: 0, y: 0, width: contentSize.width, height: Math.min(contentSize.height, 16_000), scale: 1 };
    const { data } = await to("Page.captureScreenshot", { captureBeyondViewport: true, clip });
    writeFileSync(join(shots, `${name}.png`), Buffer.from(data, "base64"));
  };
  page.close = async () => {
    listeners = listeners.filter((one) => one !== page.listener);
    await send("Target.closeTarget", { targetId });
  };
  return page;
}

let checked = 0;
function must(is, what) {
  checked += 1;
  if (!is) fail(what);
}

// Tabs until the element that has the focus is the one that a selector finds, as somebody without a mouse would.
async function reach(page, selector) {
  for (let step = 0; step < 60; step++) {
    await page.tab();
    if (await page.run((wanted) => document.activeElement === document.querySelector(wanted), selector)) return true;
  }
  return false;
}

const outside = (width) => {
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest(".skip") || element.closest(".scroll table") || element.closest("pre code")) continue;
    if (box.right > width + 1 || box.left < -1) found.push(`${element.tagName} ${element.textContent.slice(0, 40)}`);
  }
  return found;
};

async function report(path) {
  const name = basename(path, ".html");
  const page = await open(path);
  await page.size(1280);

  // Languages: one is shown at a time, and the switch works from the keyboard.
  const state = () => page.run(() => ({
    lang: document.documentElement.lang,
    title: document.title,
    text: document.querySelector("main").innerText,
    other: [...document.querySelectorAll("body [lang]")].filter(
      (part) => part.getAttribute("lang") !== document.documentElement.lang && part.getClientRects().length,
    ).length,
  }));
  const han = (text) => /[\u4e00-\u9fff]/.test(text);
  const english = await state();
  must(english.lang === "en" && english.other === 0 && !han(english.text), `${name}: English is not shown alone`);
  await page.shot(`${name}-en`);
  must(await reach(page, "button[data-show=zh-Hans]"), `${name}: the switch cannot be reached by Tab`);
  must(await page.run(() => getComputedStyle(document.activeElement).outlineStyle !== "none"), `${name}: the focus is not seen`);
  await page.enter();
  const chinese = await state();
  must(chinese.lang === "zh-Hans" && chinese.other === 0, `${name}: Chinese is not shown alone`);
  must(han(chinese.text) && chinese.text !== english.text && chinese.title !== english.title, `${name}: the text stays`);
  await page.shot(`${name}-zh`);

  // Arms: each is hidden and shown again from the keyboard.
  const arms = await page.run(() => [...document.querySelectorAll("button[data-pick]")].map((one) => one.dataset.pick));
  must(arms.length >= 2, `${name}: no arms to pick`);
  const seen = (arm) => page.run((arm) => {
    const parts = [...document.querySelectorAll(`[data-arm="${arm}"]`)];
    return [parts.length, parts.filter((part) => !part.hidden && part.closest("details:not([open]), [data-of-view][hidden]") === null && part.getClientRects().length).length];
  }, arm);
  for (const arm of arms) {
    const [all, before] = await seen(arm);
    must(all > 0 && before > 0, `${name}: nothing of arm ${arm}`);
    must(await reach(page, `button[data-pick="${arm}"]`), `${name}: arm ${arm} cannot be reached by Tab`);
    await page.space();
    must((await seen(arm))[1] === 0, `${name}: arm ${arm} is not hidden`);
    const pressed = await page.run(() => document.activeElement.getAttribute("aria-pressed"));
    must(pressed === "false", `${name}: the button of arm ${arm} does not say that it is off`);
    await page.space();
    must((await seen(arm))[1] === before, `${name}: arm ${arm} does not come back`);
  }

  // Views of charts: years of trade, differences in maps.
  const views = await page.run(() => {
    const charts = [...document.querySelectorAll(".chart")].filter((chart) => chart.querySelector("[data-view]"));
    return charts.map((chart) => {
      const idle = chart.querySelector("[data-view][aria-pressed=false]");
      idle.click();
      const shown = [...chart.querySelectorAll("[data-of-view]")].filter((part) => !part.hidden);
      return shown.length === 1 && shown[0].dataset.ofView === idle.dataset.view && idle.getAttribute("aria-pressed") === "true";
    });
  });
  must(views.every(Boolean), `${name}: a view is not shown`);

  // Tables behind charts: every chart has one, opened by Enter; headings sort.
  const charts = await page.run(() => [...document.querySelectorAll(".chart")].map((chart) => chart.querySelector("h3").id));
  must(charts.length >= 3, `${name}: ${charts.length} charts`);
  for (const id of charts) {
    await page.run((id) => document.getElementById(id).closest(".chart").querySelector("summary").focus(), id);
    await page.enter();
    const rows = await page.run((id) => {
      const details = document.getElementById(id).closest(".chart").querySelector("details");
      return details.open && details.querySelector("table").getClientRects().length ? details.querySelectorAll("tbody tr").length : 0;
    }, id);
    must(rows > 0, `${name}: no numbers behind ${id}`);
  }
  await page.run(() => document.querySelector("#arms th.n button").focus());
  await page.enter();
  const sorted = await page.run(() => {
    const head = document.activeElement.closest("th");
    const cells = [...head.closest("table").tBodies[0].rows].map((row) => row.cells[head.cellIndex].innerText);
    const numbers = cells.map((text) => parseFloat(text.replace(/,/g, ""))).filter((number) => !isNaN(number));
    return head.getAttribute("aria-sort") === "ascending" && numbers.every((number, at) => !at || numbers[at - 1] <= number);
  });
  must(sorted, `${name}: the table of arms is not sorted`);

  // A phone, with everything open, in both languages; and print.
  await page.run(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  for (const lang of ["zh-Hans", "en"]) {
    await page.run((lang) => document.querySelector(`button[data-show=${lang}]`).click(), lang);
    await page.size(375, 800);
    const over = await page.run(outside, 375);
    const wide = await page.run(() => document.documentElement.scrollWidth);
    must(wide <= 375 && over.length === 0, `${name} in ${lang} on a phone: ${wide} pixels wide; ${over.slice(0, 5).join("; ")}`);
    await page.shot(`${name}-phone-${lang.slice(0, 2)}`);
  }
  await page.size(1280);
  await page.run(() => document.querySelectorAll(".chart details").forEach((one) => { one.open = false; }));
  await page.to("Emulation.setEmulatedMedia", { media: "print" });
  const bar = await page.run(() => getComputedStyle(document.querySelector(".bar")).display);
  must(bar === "none", `${name}: buttons are printed`);
  const { data } = await page.to("Page.printToPDF", { printBackground: false, paperWidth: 8.27, paperHeight: 11.69 });
  const pdf = Buffer.from(data, "base64");
  must(pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 20_000, `${name}: printed ${pdf.length} bytes`);
  if (shots) writeFileSync(join(shots, `${name}.pdf`), pdf);

  must(page.wrong.length === 0, `${name}: ${page.wrong.join("; ")}`);
  must(page.requests.every((url) => url === page.url), `${name} asks for ${page.requests.filter((url) => url !== page.url).join(", ")}`);
  await page.close();

  // Without its script the page is whole, in the language that comes first.
  const plain = await open(path, false);
  const quiet = await plain.run(() => document.querySelector("main").innerText);
  must(quiet.length > 0.9 * english.text.length && !han(quiet), `${name}: without its script the page is not whole`);
  await plain.close();
  console.log(`${name}: ${charts.length} charts, ${arms.length} arms, ${(readFileSync(path).length / 1e3).toFixed(0)} kB, ${(pdf.length / 1e3).toFixed(0)} kB printed`);
}

// What the checks look for is found when it is there: a page that runs a script of others, loads a picture and is too wide.
async function control(path) {
  const bad = join(dirname(path), "control.html");
  const more = "<img alt=\"\" src=\"https://example.invalid/a.png\"><script>console.error(1)</script><pre>" + "x".repeat(400) + "</pre><p>" + "x".repeat(400) + "</p></main>";
  writeFileSync(bad, readFileSync(path, "utf8").replace("</main>", more));
  const page = await open(bad);
  await page.size(375, 800);
  await new Promise((done) => setTimeout(done, 200));
  const policy = page.wrong.filter((text) => /content security policy/i.test(text));
  must(policy.length >= 2, `a page that breaks its policy is not noticed: ${page.wrong.join("; ")}`);
  must(await page.run(() => document.documentElement.scrollWidth) > 375, "a page that is too wide is not noticed");
  await page.close();
}

try {
  for (const path of pages) await report(path);
  await control(pages[0]);
} catch (error) {
  fail(error.stack);
}
clearTimeout(limit);
console.log(`${checked} checks hold in ${pages.length} reports`);
browser.kill();
browser.on("exit", () => process.exit(0));
