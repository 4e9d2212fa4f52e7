/** What a layer makes of the image in focus: its feature maps in one picture, or its values as bars. */
import { Refusal } from '../../shared/ask.js';
import { imageUrl } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { showPicture } from '../../shared/pictures.js';
import { study } from '../../shared/study.js';
import { hardestFirst } from '../losses.js';
import { whileShown } from '../lazily.js';
import { Enlarged } from './enlarged.js';
import { numberText, shape } from './histogram.js';
import { button, link } from './parts.js';
import { fetchMaps, mapsUrl } from './server.js';

const SIDE = 64;
const FEW = 12;
const BARS = { width: 300, height: 64 };

export class FeatureMaps {
  #layer = null;
  #shown = '';
  #title = document.createTextNode('');
  #note = make('small');
  #thumb = make('img', { alt: '', class: 'graph-thumb crisp' });
  #body = make('div', { class: 'graph-maps' });
  #legend = make('span', { class: 'graph-legend' });
  #readout = make('span', { class: 'graph-readout', role: 'status' });
  #said = make('p', { class: 'waiting', role: 'status' });
  #enlarged = new Enlarged();
  #choices = make('p', { class: 'graph-choices' });
  #draw;
  element;

  constructor() {
    const steps = make('span', { class: 'graph-steps' }, [
      this.#thumb,
      button('‹', 'The image before', () => this.#step(-1)),
      button('›', 'The next image', () => this.#step(1)),
    ]);
    this.element = make('section', { class: 'graph-part', hidden: true }, [
      make('h4', { class: 'graph-maps-head' }, [make('span', {}, [this.#title, this.#note]), steps]),
      this.#said, this.#choices, this.#body, make('p', { class: 'graph-foot' }, [this.#legend, this.#readout]),
      this.#enlarged.element,
    ]);
    this.#draw = whileShown('network', () => this.#show());
    hub.on('focus', this.#draw);
  }

  /** @param {string|null} layer its key; null for nothing to show */
  show(layer) {
    if (layer !== this.#layer) this.#enlarged.close();
    this.#layer = layer;
    this.#draw();
  }

  #step(by) {
    const next = (hub.focus ?? (by > 0 ? -1 : study.n)) + by;
    hub.setFocus((next + study.n) % study.n);
  }

  async #show() {
    const [layer, index] = [this.#layer, hub.focus];
    const wish = JSON.stringify([layer, index]);
    this.element.hidden = layer === null;
    if (layer === null || wish === this.#shown) return;
    this.#shown = wish;
    const isThere = index !== null && index < study.n;
    this.#title.data = isThere ? `Image ${index} here ` : 'An image here ';
    this.#note.textContent = '';
    this.#thumb.hidden = !isThere;
    this.#readout.textContent = '';
    this.#offer(isThere);
    if (!isThere) return this.#empty();
    showPicture(this.#thumb, imageUrl(index, SIDE));
    this.#body.classList.add('graph-late');
    const wanted = () => this.#shown === wish;
    try {
      const heard = ({ state, message }) => this.#say(state === 'done' ? '' : message || 'Running the image through the network …');
      const answer = await fetchMaps(layer, index, { wanted, heard });
      if (!answer) return undefined;
      return this.#fill(answer, layer, index);
    } catch (error) {
      if (!wanted()) return undefined;
      this.#fail(error instanceof Refusal ? error.message : 'The feature maps could not be shown.');
      if (!(error instanceof Refusal)) reportError(error);
    }
    return undefined;
  }

  /** @param {string} sentence says why there is nothing to show */
  #fail(sentence) {
    // The next wish for the same is not taken for this one.
    this.#shown = '';
    this.#empty();
    this.#say(sentence);
    this.#choices.replaceChildren(link('Try again', this.#draw));
    this.#choices.hidden = false;
  }

  #empty() {
    this.#body.replaceChildren();
    this.#legend.replaceChildren();
    this.#readout.textContent = '';
    this.#enlarged.element.hidden = true;
  }

  /** Without an image in focus: which one could it be? */
  #offer(isThere) {
    this.#say(isThere ? '' : 'No image is looked at. Choose one here, or on another page:');
    const hardest = hardestFirst()?.[0];
    const choices = [link('the first', () => hub.setFocus(0))];
    if (hardest !== undefined) choices.push(link('the one with the highest loss', () => hub.setFocus(hardest)));
    this.#choices.replaceChildren(...(isThere ? [] : choices));
    this.#choices.hidden = isThere;
  }

  #fill(answer, layer, index) {
    this.#body.classList.remove('graph-late');
    if (answer.state === 'failed') return this.#fail(answer.message);
    this.#legend.replaceChildren();
    if (answer.vector) return this.#body.replaceChildren(this.#bars(answer.vector, answer.count));
    const { count, shown } = answer;
    this.#note.textContent = shown < count ? `the ${shown} strongest of ${count} channels` : `${count} channels, the strongest first`;
    const picture = this.#picture(answer, mapsUrl(layer, index));
    const placeOf = (event) => placeIn(picture, answer, event);
    picture.addEventListener('pointermove', (event) => {
      const channel = answer.order[placeOf(event)];
      this.#readout.textContent = channel === undefined ? '' : `channel ${channel}`;
    });
    picture.addEventListener('pointerleave', () => { this.#readout.textContent = ''; });
    picture.addEventListener('error', () => {
      if (picture.isConnected) this.#fail('The picture of the feature maps could not be loaded.');
    });
    this.#enlarged.follow(picture, answer, placeOf);
    this.#legend.replaceChildren(...legend(answer));
    return this.#body.replaceChildren(picture);
  }

  #picture({ width, columns, count }, source) {
    const picture = make('img', {
      src: source,
      alt: `Feature maps: ${count} channels. Enter enlarges one, the arrow keys go on.`,
      title: 'Click a map to enlarge it',
      draggable: false,
    });
    picture.classList.toggle('crisp', width <= SIDE);
    // A few small maps need not fill the card.
    if (columns * width < FEW * FEW) picture.style.maxWidth = `${Math.max(columns * 64, 96)}px`;
    return picture;
  }

  /** @param {number[]} values one a unit @param {number} count units that there are */
  #bars(values, count) {
    const { width, height } = BARS;
    const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
    const span = high - low || 1;
    const y = (value) => ((high - value) / span) * height;
    const step = width / values.length;
    const wide = Math.max(step * 0.8, 0.4).toFixed(2);
    const zero = y(0).toFixed(2);
    const bar = (value, k) => `M${(k * step).toFixed(2)} ${zero}V${y(value).toFixed(2)}h${wide}V${zero}z`;
    const drawing = shape('svg', {
      class: 'graph-vector',
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${values.length} values from ${numberText(low)} to ${numberText(high)}`,
    });
    drawing.append(
      shape('path', { class: 'graph-bars', d: values.map(bar).join('') }),
      shape('path', { class: 'graph-zero', d: `M0 ${zero}H${width}`, 'vector-effect': 'non-scaling-stroke' }),
    );
    const part = count > values.length ? `the first ${values.length} of ${count}` : count;
    const legend = `${part} units, from ${numberText(Math.min(...values))} to ${numberText(Math.max(...values))}`;
    this.#readout.textContent = legend;
    drawing.addEventListener('pointermove', (event) => {
      const box = drawing.getBoundingClientRect();
      const k = Math.floor(((event.clientX - box.left) / box.width) * values.length);
      if (k in values) this.#readout.textContent = `unit ${k}: ${numberText(values[k])}`;
    });
    drawing.addEventListener('pointerleave', () => { this.#readout.textContent = legend; });
    return drawing;
  }

  #say(sentence) {
    this.#said.textContent = sentence;
    this.#said.hidden = !sentence;
  }
}

/** The colours of the maps and what they stand for. */
function legend({ low, high, ramp }) {
  const text = (value) => make('span', { text: numberText(value) });
  return [text(low), make('i', { style: `background: linear-gradient(to right, ${ramp})` }), text(high)];
}

/** @returns {number} the place of the map under the pointer, row by row; there may be none at it */
function placeIn(picture, { columns, shown }, event) {
  const box = picture.getBoundingClientRect();
  const at = (position, size, parts) => Math.min(parts - 1, Math.max(0, Math.floor((position / size) * parts)));
  const row = at(event.clientY - box.top, box.height, Math.ceil(shown / columns));
  return row * columns + at(event.clientX - box.left, box.width, columns);
}
