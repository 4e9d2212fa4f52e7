/**
 * All that charts need, asked for at once: left to themselves, browsers learn of each module only from the one before.
 * To be imported first of all.
 */
import './axes.js';
import './board.js';
import './card.js';
import './chart.js';
import './controls.js';
import './feed.js';
import './format.js';
import './legend.js';
import './lines.js';
import './marks.js';
import './moments.js';
import './nearest.js';
import './picture.js';
import './pointer.js';
import './readout.js';
import './registry.js';
import './save.js';
import './scale.js';
import './settings.js';
import './swatch.js';
import './values.js';
