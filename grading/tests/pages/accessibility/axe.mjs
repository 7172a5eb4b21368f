// Open each page in Chromium, at the widths of a phone and a desktop, light and dark, and let axe-core look at it.
//
// node axe.mjs NODE_MODULES CHROMIUM PAGE.html … -> one JSON object on stdout: {"page width scheme": [fault, …], …}
// NODE_MODULES is a folder that holds axe-core and puppeteer-core. With the environment variable KIT_SCREENSHOTS set to
// a folder, each view is also saved there as a PNG.
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, executablePath, ...pages] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), "axe.mjs"));
const puppeteer = await import(pathToFileURL(require.resolve("puppeteer-core")));
const axe = require.resolve("axe-core");

const browser = await puppeteer.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const found = {};
try {
  for (const file of pages) {
    for (const width of [375, 1280]) {
      for (const scheme of ["light", "dark"]) {
        const name = `${file} ${width} ${scheme}`;
        const faults = (found[name] = []);
        const page = await browser.newPage();
        page.on("request", (request) => /^(file|data):/.test(request.url()) || faults.push(`loads ${request.url()}`));
        page.on("console", (message) => faults.push(`says ${message.text()}`));
        await page.setViewport({ width, height: 800 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        await page.goto(pathToFileURL(path.resolve(file)).href);
        if (process.env.KIT_SCREENSHOTS) {
          await page.screenshot({ path: path.join(process.env.KIT_SCREENSHOTS, `${name.replaceAll(/[^\w.]+/g, "-")}.png`), fullPage: true });
        }
        await page.$$eval("details", (all) => all.forEach((each) => (each.open = true)));
        const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        if (wide > shown) faults.push(`is ${wide} pixels wide`);
        // The one script that the page's policy allows sorts the table of students.
        const marks = await page.$$eval("table[data-sortable]", (tables) => tables.map((table) => {
          table.tHead.rows[0].cells[1].querySelector("button")?.click();
          return [...table.tBodies[0].rows].map((row) => row.cells[1].textContent.trim()).filter(Boolean)
            .map((text) => text.split("+").map(parseFloat).reduce((one, other) => one + other));
        }));
        for (const column of marks) {
          if (!column.every((mark, at) => !at || column[at - 1] <= mark)) faults.push(`is not sorted: ${column}`);
        }
        // The first thing that the Tab key reaches is the skip link, and it can then be seen.
        await page.keyboard.press("Tab");
        if (!(await page.evaluate(() => document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().left >= 0))) {
          faults.push("has no skip link that can be seen");
        }
        await page.evaluate(() => document.activeElement.blur());
        // The page's own policy forbids every script; the browser's debugger is not bound by it, and axe comes that way.
        await page.evaluate(`${require("node:fs").readFileSync(axe, "utf8")}; undefined`);
        const { violations, passes, incomplete } = await page.evaluate(() => window.axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }));
        if (passes.length < 10) faults.push(`axe looked at ${passes.length} rules only`);
        // Text in SVG and single signs are too hard for axe's rule of contrast: those colours are computed in the Python tests.
        for (const rule of [...violations, ...incomplete.filter((rule) => rule.id !== "color-contrast")]) {
          faults.push(`${rule.id}: ${rule.help} (${rule.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(" | ")})`);
        }
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(found, null, 2));
