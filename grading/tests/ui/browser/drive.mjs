// Drive the page of `grade ui` in Chromium: save the ladder's cuts one after another and watch the steps turn green,
// read hints, ask the app, change the weather, and let axe-core look at it: phone and desktop, light and dark.
//
// node drive.mjs NODE_MODULES CHROMIUM URL CUTS MAIN.PY -> a JSON list of faults on stdout, empty if there are none
// NODE_MODULES holds axe-core and playwright-core. CUTS holds 0.py to 10.py. With the environment variable
// KIT_SCREENSHOTS set to a folder, each view is also saved there as a PNG.
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

const [modules, executablePath, url, cuts, program] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), "drive.mjs"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core"), "utf8");
const shots = process.env.KIT_SCREENSHOTS;
const PATIENCE = 120_000; // milliseconds: the first check imports LiteLLM, on a computer that may be busy

const faults = [];
const profile = mkdtempSync(path.join(tmpdir(), "kit-drive-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  viewport: { width: 1280, height: 900 },
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

function expect(what, holds) {
  if (!holds) faults.push(what);
}

const page = await browser.newPage();
page.setDefaultTimeout(PATIENCE);
page.on("request", (request) => expect(`loads ${request.url()}`, request.url().startsWith(new URL(url).origin) || request.url() === "data:,"));
page.on("console", (message) => faults.push(`says ${message.text()}`));
page.on("pageerror", (error) => faults.push(`throws ${error}`));

async function views(name) {
  for (const [width, height] of [[375, 800], [1280, 900]]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const view = `${name} ${width} ${colorScheme}`;
      if (shots) await page.screenshot({ path: path.join(shots, `${view.replaceAll(" ", "-")}.png`), fullPage: true });
      expect(`${view}: scrolls sideways`, await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      await page.evaluate(`${axe}; undefined`); // through the debugger: the page's policy forbids other scripts
      const { violations, incomplete, passes } = await page.evaluate(() => window.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }));
      expect(`${view}: axe looked at ${passes.length} rules only`, passes.length >= 15);
      for (const rule of [...violations, ...incomplete]) {
        faults.push(`${view}: ${rule.id}: ${rule.help} (${rule.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(" | ")})`);
      }
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: "reduce" });
}

const row = (step) => page.locator(`#ladder tr:nth-child(${step}) td`).first();
const text = (id) => page.locator(`#${id}`).textContent();

try {
  await page.goto(url);
  expect("keeps the token in its address", !page.url().includes("token"));
  await row(1).getByText("✗ not yet").waitFor();
  expect("no warning for an untouched file", (await text("warning")).includes("Did you save"));
  await views("begin");

  // By keyboard alone: the skip link first, then a hint.
  await page.keyboard.press("Tab");
  expect("the first stop is no skip link", await page.evaluate(() => document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().left >= 0));
  await page.locator("#hint").focus();
  for (const level of [1, 2, 3]) {
    await page.keyboard.press("Enter");
    await page.locator(`#shown-hints li:nth-child(${level})`).waitFor();
  }
  expect("a fourth hint is offered", await page.locator("#hint").isDisabled());
  await page.getByText("hints read: 3").waitFor();

  for (const step of [1, 2, 3, 4, 6, 7, 8, 10]) {
    copyFileSync(path.join(cuts, `${step}.py`), program);
    await row(step).getByText("✓ done").waitFor();
    await page.locator("#status").getByText(`step`).first().waitFor();
    expect(`step ${step} is not announced`, new RegExp(`New: step.*\\b${step}\\b.* done`).test(await text("status")));
    if (step === 3) await views("step-3");
  }
  expect("not all is done", (await text("now-title")).includes("All done") && (await text("marks")).startsWith("90 of 90"));
  await views("done");

  copyFileSync(path.join(cuts, "broken.py"), program);
  await page.getByText("syntax error on line").first().waitFor();
  expect("the title does not say it", (await page.title()).startsWith("✗"));
  await views("broken");
  copyFileSync(path.join(cuts, "10.py"), program);
  await page.getByText("✓ All done").waitFor();

  await page.getByRole("button", { name: "Start your app" }).click();
  await page.getByText("Your app runs").waitFor();
  await page.getByText("Now: sunny.").waitFor();
  await page.getByLabel("Message").fill("Bonjour");
  await page.getByLabel("Message").press("Control+Enter");
  await page.locator("#answer").getByText("You said: Bonjour").waitFor();
  expect("no 200", (await text("answer-status")).startsWith("200 OK, after"));
  await page.getByRole("button", { name: "throttled" }).click();
  await page.getByText("Now: throttled.").waitFor();
  expect("the button is not pressed", await page.getByRole("button", { name: "throttled" }).getAttribute("aria-pressed") === "true");
  await page.getByRole("button", { name: "POST /generate" }).click();
  await page.locator("#answer-status").getByText("429 Too Many Requests").waitFor();
  await page.getByText("What your app and the model printed").click();
  expect("the app's lines are not shown", (await text("printed")).includes("429"));
  await views("weather");
  await page.getByRole("button", { name: "Stop both" }).click();
  await page.getByText("Your app is not running.").waitFor();
} catch (problem) {
  faults.push(`${problem}`);
  if (shots) await page.screenshot({ path: path.join(shots, "fault.png"), fullPage: true });
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
console.log(JSON.stringify(faults, null, 2));
