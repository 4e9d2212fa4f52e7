/** The regions under the points, on the graphics card: colours, borders, and where they extrapolate. */
import { compile, makeTexture } from './gl.js';
import { toShown } from './align.js';

/** Below it a place is hatched; as analysis/regions/grid.py has it. */
const SUPPORTED = 0.5;
const PALETTE_WIDTH = 256;

/** What calls itself so paints without a graphics card, where this shader is too slow for a view that moves. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
/** Pixels of the longer side of the picture that stands for the regions meanwhile, and of those a CSS pixel. */
const COARSE_SIDE = 768;
const COARSE_RATIO = 1.4;

const VERTEX = `
uniform vec2 origin, wide, high, middle, scale;
out vec2 place;
void main() {
  place = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4((origin + place.x * wide + place.y * high - middle) * scale, 0.0, 1.0);
}`;

// Of the four cells round a place each stands for its class with its margin: where two classes meet, this is where
// their interpolated probabilities are equal. analysis/regions/grid.py measures the agreement of the very same.
const FRAGMENT = `
uniform highp usampler2D cells;
uniform sampler2D colors;
uniform vec2 size;
uniform vec3 ink;
uniform float least, ratio, alpha;
in vec2 place;
out vec4 pixel;

float votesFor(uint number, uvec4 classes, vec4 votes) {
  return dot(votes, vec4(equal(classes, uvec4(number))));
}

void main() {
  vec2 at = clamp(place * size - 0.5, vec2(0.0), size - 1.0);
  ivec2 first = ivec2(min(floor(at), size - 2.0));
  vec2 share = at - vec2(first);
  uvec4 a = texelFetch(cells, first, 0);
  uvec4 b = texelFetch(cells, first + ivec2(1, 0), 0);
  uvec4 c = texelFetch(cells, first + ivec2(0, 1), 0);
  uvec4 d = texelFetch(cells, first + ivec2(1, 1), 0);
  vec2 rest = 1.0 - share;
  vec4 weights = vec4(rest.x * rest.y, share.x * rest.y, rest.x * share.y, share.x * share.y);
  float confidence = dot(weights, vec4(a.g, b.g, c.g, d.g)) / 65535.0;
  float support = dot(weights, vec4(a.a, b.a, c.a, d.a)) / 65535.0;
  uvec4 classes = uvec4(a.r, b.r, c.r, d.r);
  vec4 votes = weights * (vec4(a.b, b.b, c.b, d.b) + 1.0);
  vec4 sums = vec4(
    votesFor(a.r, classes, votes), votesFor(b.r, classes, votes), votesFor(c.r, classes, votes), votesFor(d.r, classes, votes)
  );
  float best = max(max(sums.x, sums.y), max(sums.z, sums.w));
  uint winner = sums.x == best ? a.r : sums.y == best ? b.r : sums.z == best ? c.r : d.r;
  vec4 others = sums * vec4(notEqual(classes, uvec4(winner)));
  float second = max(max(others.x, others.y), max(others.z, others.w));
  float gap = best - second;
  float slope = fwidth(gap);
  float line = second > 0.0 ? 1.0 - smoothstep(0.35 * ratio, ratio, gap / max(slope, 1e-6)) : 0.0;

  vec4 color = texelFetch(colors, ivec2(int(winner) % ${PALETTE_WIDTH}, int(winner) / ${PALETTE_WIDTH}), 0);
  float sure = clamp((confidence - least) / (1.0 - least), 0.0, 1.0);
  float backed = smoothstep(0.1, 1.0, support);
  float tint = mix(0.08, 0.4, sure * sure) * mix(0.28, 1.0, backed);
  if (support < ${SUPPORTED.toFixed(2)}) {
    float stripe = mod(gl_FragCoord.x + gl_FragCoord.y, 9.0 * ratio) / ratio;
    tint += 0.22 * (1.0 - smoothstep(0.5, 1.3, abs(stripe - 2.0)));
  }
  tint *= color.a;
  float stroke = line * mix(0.1, 0.62, backed);
  vec4 under = vec4(color.rgb * tint, tint);
  // The grid's end is no border of anything.
  vec2 inside = min(place, 1.0 - place) * 14.0;
  pixel = (vec4(ink * stroke, stroke) + under * (1.0 - stroke)) * alpha * smoothstep(0.0, 1.0, min(inside.x, inside.y));
}`;

const COARSE_FRAGMENT = `
uniform sampler2D picture;
uniform float alpha;
in vec2 place;
out vec4 pixel;
void main() { pixel = texture(picture, place) * alpha; }`;

/**
 * @typedef {object} GroundData
 * @property {Uint16Array} cells (height * width * 4) class, probability, margin, support, as the server packs them
 * @property {number} width @property {number} height @property {number} classes
 * @property {number[]} box x0, y0, x1, y1 in the server's places
 * @property {import('./align.js').Placement} placement
 * @property {Uint8Array} colors (classes * 4) RGBA, alpha 0 for a hidden class
 * @property {number[]} ink RGB of borders
 */

export class Ground {
  #gl;
  #shader;
  #arrays;
  #cells;
  #colors;
  /** @type {GroundData|null} */
  #data = null;
  /** The regions as a picture; null while none is made of these data. */
  #coarse = null;
  #coarseShader = null;

  constructor(gl) {
    this.#gl = gl;
    if (isSoftware(gl)) this.#coarseShader = compile(gl, VERTEX, COARSE_FRAGMENT);
    this.#shader = compile(gl, VERTEX, FRAGMENT);
    this.#arrays = gl.createVertexArray();
    this.#cells = exactTexture(gl);
    this.#colors = exactTexture(gl);
  }

  /** Whether views that move show a picture of the regions. */
  get isProvisional() {
    return this.#coarseShader !== null;
  }

  /** @param {GroundData|null} data null for none */
  set(data) {
    const gl = this.#gl;
    const before = this.#data;
    this.#data = data;
    if (this.#coarse) gl.deleteTexture(this.#coarse);
    this.#coarse = null;
    if (!data) return;
    if (before?.cells !== data.cells) {
      gl.bindTexture(gl.TEXTURE_2D, this.#cells);
      const { width, height, cells } = data;
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA16UI, width, height, 0, gl.RGBA_INTEGER, gl.UNSIGNED_SHORT, cells);
    }
    const rows = Math.ceil(data.classes / PALETTE_WIDTH);
    const colors = new Uint8Array(PALETTE_WIDTH * rows * 4);
    colors.set(data.colors);
    gl.bindTexture(gl.TEXTURE_2D, this.#colors);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, PALETTE_WIDTH, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, colors);
  }

  /**
   * Draws into the bound framebuffer.
   * @param {object} look see Points.draw; the regions appear as the points arrive
   * @param {boolean} moving the next frame comes at once
   */
  draw(look, moving) {
    if (!this.#data) return;
    const gl = this.#gl;
    const coarse = moving && this.#coarse;
    const { at } = coarse ? this.#useCoarse() : this.#useExact(look.ratio);
    const { box, placement } = this.#data;
    const { camera } = look;
    const origin = toShown(placement, box[0], box[1]);
    const along = (x, y) => toShown(placement, x, y).map((value, axis) => value - origin[axis]);
    gl.uniform2f(at.origin, ...origin);
    gl.uniform2f(at.wide, ...along(box[2], box[1]));
    gl.uniform2f(at.high, ...along(box[0], box[3]));
    gl.uniform2f(at.middle, camera.view.x, camera.view.y);
    gl.uniform2f(at.scale, (2 * camera.view.k) / camera.width, (2 * camera.view.k) / camera.height);
    gl.uniform1f(at.alpha, look.mixed ** 3);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#fill();
  }

  /** Makes the picture for when the view moves, where one is needed; leaves the canvas bound. */
  prepare() {
    const gl = this.#gl;
    if (!this.#coarseShader || !this.#data || this.#coarse) return;
    const { width, height } = this.#data;
    const size = [width, height].map((side) => Math.round((COARSE_SIDE * side) / Math.max(width, height)));
    const target = gl.createFramebuffer();
    this.#coarse = makeTexture(gl, ...size, gl.LINEAR);
    gl.bindFramebuffer(gl.FRAMEBUFFER, target);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.#coarse, 0);
    gl.viewport(0, 0, ...size);
    const { at } = this.#useExact(COARSE_RATIO);
    const corners = { origin: [-1, -1], wide: [2, 0], high: [0, 2], middle: [0, 0], scale: [1, 1] };
    for (const [name, values] of Object.entries(corners)) gl.uniform2f(at[name], ...values);
    gl.uniform1f(at.alpha, 1);
    gl.disable(gl.BLEND);
    this.#fill();
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.deleteFramebuffer(target);
  }

  #useCoarse() {
    this.#gl.useProgram(this.#coarseShader.program);
    this.#gl.bindTexture(this.#gl.TEXTURE_2D, this.#coarse);
    return this.#coarseShader;
  }

  #useExact(ratio) {
    const gl = this.#gl;
    const { width, height, classes, ink } = this.#data;
    const { program, at } = this.#shader;
    gl.useProgram(program);
    gl.uniform2f(at.size, width, height);
    gl.uniform3f(at.ink, ...ink.map((value) => value / 255));
    gl.uniform1f(at.least, 1 / classes);
    gl.uniform1f(at.ratio, ratio);
    [this.#cells, this.#colors].forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    });
    gl.uniform1i(at.cells, 0);
    gl.uniform1i(at.colors, 1);
    gl.activeTexture(gl.TEXTURE0);
    return this.#shader;
  }

  #fill() {
    const gl = this.#gl;
    gl.bindVertexArray(this.#arrays);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
  }
}

function isSoftware(gl) {
  const named = gl.getExtension('WEBGL_debug_renderer_info');
  return SOFTWARE.test(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

/** An empty texture of numbers, which are never mixed. */
function exactTexture(gl) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  return texture;
}
