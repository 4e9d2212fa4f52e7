/** The image asked about: what it is, what the network makes of it, and its waveform. */
import { css, palette } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { study } from '../../shared/study.js';
import { borderSentence, guestImage, isBusy, reception } from './drop.js';
import { makeWave, sampleImage, verdictSign } from './cards.js';
import { linePath, rangeOf, rawPath, smooth } from './wave.js';

export class Query {
  element = make('div', { class: 'similar-query' });
  #wave = makeWave(['similar-raw', 'similar-line']);

  /** @param {{index: number, id: string, label: number|null, predicted: number|null, correct: boolean|null}} sample */
  showSample({ index, id, label, predicted, correct }) {
    const image = make('button', {
      type: 'button', class: 'similar-portrait', 'aria-label': `Look at image ${index}`, on: { click: () => hub.setFocus(index) },
    }, [sampleImage(index, 256)]);
    const rows = [
      ['index', `${index}`],
      ...(label === null ? [] : [['label', study.className(label)]]),
      ...(predicted === null ? [] : [['predicted', make('span', { class: correct === false ? 'bad' : '', text: `${verdictSign(correct)}${study.className(predicted)}` })]]),
    ];
    const who = make('div', { class: 'similar-who' }, [image, facts(rows), make('code', { text: id, title: 'id' })]);
    this.#fill([who, this.#wave, this.#wayBack()]);
  }

  /** @param {import('./drop.js').Guest} guest */
  showGuest(guest) {
    const { token, name, width, height, seen } = guest;
    const head = make('div', { class: 'similar-guest-head' }, [
      make('b', { text: 'Your image' }), make('span', { class: 'similar-name', text: name, title: name }),
      make('button', { type: 'button', class: 'quiet', text: '✕', title: 'Remove your image (Esc)', 'aria-label': 'Remove your image', on: { click: () => reception.dismiss() } }),
    ]);
    if (!token) return this.#fill([head, progress(guest)]);
    const pictures = make('div', { class: 'similar-pictures' }, [
      picture(guestImage(token), `as it came: ${width} × ${height}`),
      picture(guestImage(token, 'seen'), `as the network sees it: ${seen[0]} × ${seen[1]}, ${seen[2] === 1 ? 'grey' : 'colour'}`),
    ]);
    const invert = make('button', { type: 'button', class: 'similar-invert', text: guest.inverted ? 'Undo inverting' : 'Invert light and dark', on: { click: () => reception.invert() } });
    const advice = guest.odd_border ? make('p', { class: 'similar-advice', text: borderSentence(guest) }) : '';
    invert.classList.toggle('advised', Boolean(guest.odd_border));
    const rest = guest.state === 'done' ? [bars(guest.classes), this.#wave, make('p', { class: 'similar-note', text: 'On the maps it stands between its nearest neighbours.' })] : [progress(guest)];
    this.#fill([head, pictures, advice, invert, ...rest]);
  }

  showNothing() {
    this.#fill([this.#wayBack()]);
  }

  /** @param {import('./wave.js').Wave} wave @param {number} units */
  drawWave(wave, units) {
    const range = rangeOf([wave]);
    this.#wave.children[0].setAttribute('d', rawPath(wave, range));
    this.#wave.children[1].setAttribute('d', linePath(smooth(wave, units), range));
  }

  /** To the dropped image, while another is asked about. */
  #wayBack() {
    if (!hub.guest || hub.anchor === null) return '';
    const [face] = hub.guest.token ? [make('img', { src: guestImage(hub.guest.token), alt: '' })] : [''];
    return make('button', { type: 'button', class: 'similar-back', on: { click: () => hub.setAnchor(null) } }, [face, 'Back to your image']);
  }

  #fill(parts) {
    for (const path of this.#wave.children) path.setAttribute('d', '');
    this.element.replaceChildren(...parts.filter((part) => part !== ''));
  }
}

function facts(rows) {
  return make('dl', {}, rows.flatMap(([name, value]) => [make('dt', { text: name }), make('dd', typeof value === 'string' ? { text: value, title: value } : {}, typeof value === 'string' ? [] : [value])]));
}

function picture(src, caption) {
  const image = make('img', { src, alt: `Your image, ${caption}` });
  image.addEventListener('load', () => image.classList.toggle('crisp', Math.max(image.naturalWidth, image.naturalHeight) <= 96));
  return make('figure', {}, [image, make('figcaption', { text: caption })]);
}

function progress(guest) {
  if (isBusy(guest)) return make('p', { class: 'similar-progress', role: 'status', text: `${guest.message[0].toUpperCase()}${guest.message.slice(1)} …` });
  return make('p', { class: 'similar-mistake', role: 'alert', text: guest.message });
}

/** The most probable classes, as the inspector draws them. */
function bars(classes) {
  const colors = palette(Math.max(1, ...classes.map((one) => one.class + 1)));
  const rows = classes.map((one, rank) => {
    const share = `${(100 * one.probability).toFixed(1)} %`;
    const fill = make('i');
    fill.style.width = `${(100 * one.probability).toFixed(2)}%`;
    fill.style.background = css(colors[one.class]);
    const name = study.className(one.class);
    return make('div', { class: rank ? 'bar' : 'bar predicted', role: 'listitem', 'aria-label': `${name}: ${share}` }, [
      make('span'), make('span', { class: 'bar-name', text: name, title: name }), make('div', { class: 'bar-track' }, [fill]), make('span', { class: 'bar-value', text: share }),
    ]);
  });
  return make('div', { class: 'bars', role: 'list' }, rows);
}
