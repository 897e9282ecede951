// Brings in the numbers and the list anew, as the server renders them, without touching the form.
import { tell } from "./live.ts";

/** The article of the review `uid` in the list, if it is shown there. */
export function articleOf(uid: string): HTMLElement | null {
  return document.querySelector(`#list [data-uid="${CSS.escape(uid)}"]`);
}

/** Shows the newest reviews that fit the filter; `focus` moves the focus to their heading. Tells `refreshed`. */
export async function refreshReviews({ focus }: { focus: boolean }): Promise<void> {
  const url = new URL(location.href);
  for (const name of ["cursor", "thanks"]) url.searchParams.delete(name);
  url.hash = "reviews";
  try {
    const page = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
    for (const id of ["numbers", "list"]) {
      document.getElementById(id)?.replaceWith(document.adoptNode(page.getElementById(id) as HTMLElement));
    }
    tell("refreshed", Number(document.getElementById("numbers")?.dataset.total));
    if (focus) document.getElementById("reviews")?.focus();
  } catch {
    if (focus) location.assign(url);
  }
}
