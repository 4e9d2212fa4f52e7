/** The left side: who is asked about, where the nearest are looked for, and how many of them. */
import { make, setOptions } from '../../shared/dom.js';
import { ask } from '../../shared/ask.js';
import { hub } from '../../shared/hub.js';
import { layerLabel } from '../../shared/methods.js';
import { study } from '../../shared/study.js';
import { reception } from './drop.js';

const COUNTS = [8, 24, 60, 90];
const TYPING_MS = 120;
const IDS = 'similar-ids';
const MISTAKE = 'similar-mistake';

export class Ask {
  /** "pixels", or null for the layer chosen in the header */
  fixed = null;
  k = 24;
  element;
  #changed;
  #field = make('input', {
    type: 'text', id: 'similar-field', autocomplete: 'off', spellcheck: false, placeholder: 'index or id', 'aria-describedby': MISTAKE,
  });
  #ids = make('datalist', { id: IDS });
  #mistake = make('p', { id: MISTAKE, class: 'similar-mistake', role: 'alert', hidden: true });
  #space = make('select', { id: 'similar-space' });
  #count = make('select', { id: 'similar-count' });
  #typing = 0;
  #submits = 0;

  /** @param {() => void} changed the space or the number of images is another */
  constructor(changed) {
    this.#changed = changed;
    this.#field.setAttribute('list', IDS);
    this.#field.addEventListener('input', () => this.#offerIds());
    const form = make('form', { class: 'similar-form', on: { submit: (event) => this.#submit(event) } }, [
      make('label', { for: 'similar-field', text: 'Images like' }), this.#field,
      make('button', { type: 'submit', class: 'similar-go', text: 'Find' }), this.#ids,
    ]);
    this.#space.addEventListener('change', () => this.#choose(this.#space.value));
    this.#count.addEventListener('change', () => {
      this.k = Number(this.#count.value);
      changed();
    });
    setOptions(this.#count, COUNTS.map((k) => ({ value: String(k), label: `${k} nearest` })), String(this.k));
    const file = make('input', { type: 'file', accept: 'image/png, image/jpeg', class: 'visually-hidden', id: 'similar-file', tabIndex: -1 });
    file.addEventListener('change', () => {
      reception.take(file.files);
      // The same file may be chosen again.
      file.value = '';
    });
    const choose = make('button', { type: 'button', class: 'similar-choose', on: { click: () => file.click() } }, [
      make('b', { text: 'Choose an image of your own' }), make('span', { text: 'or drop or paste one anywhere on the page' }),
    ]);
    this.element = make('div', { class: 'similar-ask' }, [
      form,
      this.#mistake,
      make('div', { class: 'similar-choices' }, [
        make('label', {}, [make('span', { text: 'in' }), this.#space]),
        make('label', {}, [make('span', { text: 'show' }), this.#count]),
      ]),
      choose, file,
    ]);
    reception.on('mistake', () => this.#say(reception.mistake));
    hub.on('anchor', () => {
      this.#submits++;
      this.#say('');
    });
    this.update();
  }

  /** "pixels" or a layer's key; null while the network is not open. */
  get space() {
    return this.fixed ?? hub.layer;
  }

  /** Writes anew which spaces there are. */
  update() {
    const layers = (study.info?.layers ?? []).filter((layer) => layer.units);
    const options = [{ value: 'pixels', label: 'pixels' }, ...layers.map((layer) => ({ value: layer.key, label: layerLabel(layer) }))];
    setOptions(this.#space, options, this.space ?? 'pixels');
  }

  /** A layer is chosen for the whole page; the pixels for this question only. */
  #choose(space) {
    const before = this.space;
    this.fixed = space === 'pixels' ? space : null;
    if (space !== 'pixels') hub.setLayer(space);
    if (this.space !== before) this.#changed();
  }

  async #submit(event) {
    event.preventDefault();
    const submit = ++this.#submits;
    const said = await lookUp('api/find', this.#field.value);
    // Another image was asked for while this one was looked up.
    if (submit !== this.#submits) return undefined;
    if (said.message) {
      this.#say(said.message);
      return this.#field.focus();
    }
    // Looked at first: what is looked at and what is asked about are then one image.
    hub.setFocus(said.index);
    hub.setAnchor(said.index);
    return this.#say('');
  }

  #offerIds() {
    clearTimeout(this.#typing);
    const text = this.#field.value.trim();
    // A number is an index, and needs no help.
    if (!text || /^#?\d+$/.test(text)) return this.#ids.replaceChildren();
    this.#typing = setTimeout(async () => {
      const found = await lookUp('api/ids', text);
      if (!Array.isArray(found) || this.#field.value.trim() !== text) return;
      this.#ids.replaceChildren(...found.map(({ id, index }) => make('option', { value: id, label: `#${index}` })));
    }, TYPING_MS);
  }

  #say(sentence) {
    this.#mistake.textContent = sentence;
    this.#mistake.hidden = !sentence;
    this.#field.setAttribute('aria-invalid', String(Boolean(sentence) && sentence !== reception.mistake));
  }
}

/** What the server answers, or {message} where it refuses. */
const lookUp = (path, text) =>
  ask(path, { query: { text } }).then((response) => response.json()).catch(({ message }) => ({ message }));
