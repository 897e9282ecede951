// Looks at a page as it is shown: light and dark, wide and narrow, by the rules of accessibility that a machine can check.
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "dark", width: 320 },
  { colorScheme: "light", width: 320 },
] as const;

/** Fails where `page` breaks a rule, scrolls sideways, or puts something over a button; `state` names it in the message. */
export async function assertGoodLooks(page: Page, state: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    const look = `${state}, ${colorScheme}, ${width} px`;
    const { violations } = await page.evaluate((values) => {
      const injected = globalThis as unknown as { axe: typeof axe };
      return injected.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] });
    }, RULES);
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`), [], look);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, look);
    assert.deepEqual(await page.evaluate(textsOnButtons), [], look);
  }
}

/** The paragraphs that lie on a button; runs in the page. */
function textsOnButtons(): (string | null)[] {
  const buttons = [...document.querySelectorAll("button, .button")].map((button) => button.getBoundingClientRect());
  const isOnButton = (text: Element) => {
    const { top, bottom, left, right } = text.getBoundingClientRect();
    return buttons.some((box) => top < box.bottom && bottom > box.top && left < box.right && right > box.left);
  };
  return [...document.querySelectorAll("p")]
    .filter((text) => text.checkVisibility() && text.querySelector(".button") === null && isOnButton(text))
    .map(({ textContent }) => textContent);
}
