/** The element that the page names so with `data-id`. */
export const byId = (id, root = document) => root.querySelector(`[data-id="${id}"]`);

/** Sets a text. An equal one is left alone, so that nothing is announced or selected anew. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows or hides an element. */
export function show(element, isShown = true) {
  element.hidden = !isShown;
}

/** A new element out of the `<template>` of this id. */
export const fromTemplate = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** A new element with a text. */
export function create(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

let announced = '';

/** Lets a screen reader say a text, unless it was the last one said. */
export function announce(text) {
  if (text === announced) return;
  announced = text;
  byId('announcer').textContent = text;
}

/** Gives the segments of a stacked bar their shares of the records read. */
export function drawStack(stack, counts) {
  for (const segment of stack.querySelectorAll('i')) {
    const count = counts[segment.dataset.outcome];
    segment.style.width = `${(100 * count) / Math.max(counts.read, 1)}%`;
    show(segment, count > 0);
  }
}
