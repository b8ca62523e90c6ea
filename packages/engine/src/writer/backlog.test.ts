import { expect, test } from "bun:test";
import { Backlog } from "./backlog.ts";

test("who makes more waits while too much is on the way, in order", () => {
  const backlog = new Backlog(10);
  const went: number[] = [];
  const ask = (number: number): void => backlog.whenRoom(() => went.push(number));
  backlog.sent(10);
  ask(1);
  expect(went).toEqual([1]);
  backlog.sent(100);
  ask(2);
  ask(3);
  backlog.handled(10);
  expect(went).toEqual([1]);
  backlog.handled(90);
  expect(went).toEqual([1, 2, 3]);
});

test("room is awaited once for each that asks", async () => {
  const backlog = new Backlog(0);
  await backlog.room();
  backlog.sent(1);
  const room = backlog.room();
  backlog.handled(1);
  await room;
});
