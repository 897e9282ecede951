// Tells the programs that fill in every form from people, without a riddle and without losing what a person wrote.
import { AppError } from "../db/app_error.ts";

const LINK = /https?:|www\./i;
const FASTEST_MS = 3000;

/**
 * Refuses a form whose trap is filled, and one with a link that came back faster than a person types. The answer says what
 * to do and keeps every value, so a person whom it hits has to press the button once more and no more than that.
 */
export function refuseRobots({ homepage = "", rendered = "", comments = "" }: Record<string, string>, now: Date): void {
  if (homepage !== "") {
    throw new AppError(
      "invalid",
      "A field that people do not see was filled in. If that was your browser, please send it again",
    );
  }
  const age = now.getTime() - Number(rendered);
  if (rendered !== "" && age >= 0 && age < FASTEST_MS && LINK.test(comments)) {
    throw new AppError("invalid", "That was faster than people type. Please send it again in a moment");
  }
}
