/** The two selects of the header: which layer "the hidden layer" is, and by which method it is projected. */
import { make, setOptions } from '../shared/dom.js';
import { hub } from '../shared/hub.js';
import { layerLabel, methodName } from '../shared/methods.js';
import { study } from '../shared/study.js';

/** Fills the header's controls and keeps them true. @param {HTMLElement} host */
export function buildControls(host) {
  const layer = make('select', { id: 'map-layer', on: { change: () => hub.setLayer(layer.value) } });
  const method = make('select', { id: 'map-method', on: { change: () => hub.setMethod(method.value) } });
  host.replaceChildren(labelled('layer', layer), labelled('by', method));
  const update = () => {
    const layers = (study.info?.layers ?? []).filter((one) => one.units);
    layer.disabled = layers.length === 0;
    const options = layers.map((one) => ({ value: one.key, label: layerLabel(one) }));
    setOptions(layer, layers.length ? options : [{ value: '', label: '…' }], layers.length ? hub.layer : '');
    setOptions(method, (study.info?.methods ?? []).map((name) => ({ value: name, label: methodName(name) })), hub.method ?? '');
  };
  hub.on('layer', update);
  hub.on('method', update);
  study.on('info', update);
  update();
}

const labelled = (text, control) => make('label', { class: 'map-control' }, [make('span', { text }), control]);

/** Chooses what the study proposes wherever nothing valid was chosen (in the address, say). */
export function chooseDefaults() {
  const { info } = study;
  if (!info.methods.includes(hub.method)) hub.setMethod(info.default_method);
  const keys = info.layers.filter((layer) => layer.units).map((layer) => layer.key);
  if (keys.length && !keys.includes(hub.layer)) hub.setLayer(info.hidden ?? keys[keys.length - 1]);
  if (hub.focus !== null && hub.focus >= info.n) hub.setFocus(null);
  if (hub.anchor !== null && hub.anchor >= info.n) hub.setAnchor(null);
}
