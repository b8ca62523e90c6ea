/**
 * The UTF-16 units that `\s` matches. As a list, because asking the expression about each of 65,536 units takes 3 ms whenever a
 * program starts, in each of its threads.
 */
export const WHITE_SPACE: readonly number[] = [
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007,
  0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
];

const isIn = new Uint8Array(0x10000);
for (const unit of WHITE_SPACE) isIn[unit] = 1;

/** Whether `\s` matches the UTF-16 unit. */
export function isWhite(unit: number): boolean {
  return isIn[unit] === 1;
}
