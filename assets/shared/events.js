/** A tiny event source: listeners by name, a failing listener never silences the others. */
export class Events {
  #listeners = new Map();

  /**
   * @param {string} event
   * @param {(detail?: any) => void} listener
   * @returns {() => void} takes the listener off again
   */
  on(event, listener) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(listener);
    return () => this.#listeners.get(event).delete(listener);
  }

  emit(event, detail) {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(detail);
      } catch (error) {
        // One tile that fails must not take the linked hover of the others with it.
        reportError(error);
      }
    }
  }
}
