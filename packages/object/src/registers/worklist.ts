// SPDX-License-Identifier: MIT

/** Points to visit, each once, the lowest first: a binary heap. */
export class Worklist {
  readonly #heap: number[] = [];
  readonly #has = new Set<number>();

  add(key: number): void {
    if (this.#has.has(key)) return;
    this.#has.add(key);
    const heap = this.#heap;
    let at = heap.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as number) <= key) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = key;
  }

  take(): number | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    this.#has.delete(first);
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(key: number): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if ((heap[child + 1] ?? Infinity) < (heap[child] as number)) child++;
      if ((heap[child] as number) >= key) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = key;
  }
}
