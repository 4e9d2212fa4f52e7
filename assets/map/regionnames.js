/** The names of classes in the middles of their regions, where they have room. */
import { make } from '../shared/dom.js';

const HEIGHT = 16;
const LEAST_RADIUS = 9;
const EDGE = 4;

export class RegionNames {
  /** @type {{text: string, x: number, y: number}[]} CSS pixels in the canvas */
  shown = [];
  #layer = make('div', { class: 'map-region-names', 'aria-hidden': 'true' });
  /** @type {{text: string, world: number[], radius: number, element: HTMLElement, width: number}[]} largest first */
  #names = [];

  /** @param {HTMLElement} host positioned, as large as the canvas */
  constructor(host) {
    host.append(this.#layer);
  }

  /** @param {{text: string, world: [number, number], radius: number}[]} names largest first, in the map's world */
  show(names) {
    this.shown = [];
    this.#names = names.map((name) => {
      const element = make('span', { text: name.text, hidden: true });
      return { ...name, element, width: 0 };
    });
    this.#layer.replaceChildren(...this.#names.map((name) => name.element));
  }

  /** @param {import('./camera.js').Camera} camera @param {boolean} atRest names stay away while points move */
  update(camera, atRest) {
    const taken = [];
    this.shown = [];
    for (const name of this.#names) {
      const [x, y] = camera.toScreen(...name.world);
      name.element.hidden = false;
      name.width ||= name.element.offsetWidth;
      const box = { x0: x - name.width / 2, x1: x + name.width / 2, y0: y - HEIGHT / 2, y1: y + HEIGHT / 2 };
      const inside = box.x0 > EDGE && box.y0 > EDGE && box.x1 < camera.width - EDGE && box.y1 < camera.height - EDGE;
      const free = taken.every((other) => apart(box, other));
      const fits = atRest && inside && free && name.radius * camera.view.k > LEAST_RADIUS;
      name.element.hidden = !fits;
      if (!fits) continue;
      taken.push(box);
      this.shown.push({ text: name.text, x, y });
      name.element.style.transform = `translate(${box.x0.toFixed(1)}px, ${box.y0.toFixed(1)}px)`;
    }
  }
}

const apart = (a, b) => a.x1 < b.x0 || a.x0 > b.x1 || a.y1 < b.y0 || a.y0 > b.y1;
