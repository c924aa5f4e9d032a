// Numbers, times and metadata as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dateAndClock = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

/** 12,345, or 3.4 below ten. */
export function number(value) {
  return Math.abs(value) < 10 ? tenths.format(value) : whole.format(value);
}

/** "1 record", "2,796 records". */
export function count(value, one, many = `${one}s`) {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

/** 38 ms, 4.2 s, 3 min or 5 h. */
export function duration(millis) {
  if (millis < 1000) {
    return [number(millis), "ms"];
  }
  if (millis < 120_000) {
    return [tenths.format(millis / 1000), "s"];
  }
  return millis < 7_200_000 ? [number(millis / 60_000), "min"] : [number(millis / 3_600_000), "h"];
}

/** The time of day, with the date if it was not today. */
export function time(millis) {
  const then = new Date(millis);
  return Number.isNaN(then.getTime()) ? "" : then.toDateString() === new Date().toDateString() ? clock.format(then) : dateAndClock.format(then);
}

/** A value of metadata as text. Filters compare with it. */
export function valueText(value) {
  return typeof value === "string" ? value : typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** The values that a filter can ask for: those of a list one by one. */
export function valuesOf(value) {
  return Array.isArray(value) ? value : [value];
}

/** At most so many characters, with an ellipsis if there were more. No character is cut in two. */
export function shorten(text, most) {
  if (text.length <= most) {
    return text;
  }
  const end = /[\uD800-\uDBFF]/u.test(text[most - 1]) ? most - 1 : most;
  return `${text.slice(0, end)}…`;
}
