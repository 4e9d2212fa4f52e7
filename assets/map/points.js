/** The points of one tile on the graphics card: two layouts to mix, a style each, and the lists of what is drawn. */
import { DIAMOND, FADED, GROWTH } from './encoding.js';
import { compile, fill } from './gl.js';

/** What is left of a point's opacity when others are selected. */
export const FADED_ALPHA = 0.13;

const VERTEX = `
layout(location = 0) in vec2 start;
layout(location = 1) in vec2 end;
layout(location = 2) in uvec4 style;
uniform vec2 middle, scale;
uniform float mixed, diameter, alpha;
flat out vec4 color;
flat out float radius;
flat out uint diamond;
void main() {
  vec2 place = mix(start, end, mixed);
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  radius = 0.5 * diameter * (1.0 + float(style.a & ${GROWTH}u) / 16.0);
  diamond = style.a & ${DIAMOND}u;
  gl_PointSize = 2.0 * radius + 1.0;
  color = vec4(vec3(style.rgb) / 255.0, (style.a & ${FADED}u) == 0u ? alpha : alpha * ${FADED_ALPHA});
}`;

const FRAGMENT = `
flat in vec4 color;
flat in float radius;
flat in uint diamond;
out vec4 pixel;
void main() {
  vec2 away = abs(gl_PointCoord - 0.5) * (2.0 * radius + 1.0);
  float distance = diamond == 0u ? length(away) : (away.x + away.y) * 0.75;
  float covered = clamp(radius - distance + 0.5, 0.0, 1.0) * color.a;
  if (covered <= 0.0) discard;
  pixel = vec4(color.rgb * covered, covered);
}`;

export class Points {
  /** Numbers of points in the lists. */
  counts = { full: 0, thin: 0, few: 0 };
  #gl;
  #shader;
  #arrays;
  #buffers = {};

  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.#gl = gl;
    this.#shader = compile(gl, VERTEX, FRAGMENT);
    this.#arrays = gl.createVertexArray();
    for (const name of ['start', 'end', 'style', 'full', 'thin', 'few']) this.#buffers[name] = gl.createBuffer();
    gl.bindVertexArray(this.#arrays);
    ['start', 'end'].forEach((name, location) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[name]);
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, 2, gl.FLOAT, false, 0, 0);
    });
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.style);
    gl.enableVertexAttribArray(2);
    gl.vertexAttribIPointer(2, 4, gl.UNSIGNED_BYTE, 0, 0);
    gl.bindVertexArray(null);
  }

  /** @param {Float32Array} start (N * 2) @param {Float32Array} end (N * 2) world coordinates */
  setPositions(start, end) {
    fill(this.#gl, this.#gl.ARRAY_BUFFER, this.#buffers.start, start);
    fill(this.#gl, this.#gl.ARRAY_BUFFER, this.#buffers.end, end);
  }

  /** @param {Uint8Array} style (N * 4), see encoding.js */
  setStyle(style) {
    fill(this.#gl, this.#gl.ARRAY_BUFFER, this.#buffers.style, style);
  }

  /** @param {Object<string, Uint32Array>} lists full: what is drawn, in order; thin and few: fair samples of it */
  setLists(lists) {
    const gl = this.#gl;
    gl.bindVertexArray(null);
    for (const [name, list] of Object.entries(lists)) {
      fill(gl, gl.ELEMENT_ARRAY_BUFFER, this.#buffers[name], list);
      this.counts[name] = list.length;
    }
  }

  /**
   * Draws part of a list into the bound framebuffer.
   * @param {object} look {camera, ratio: device pixels a CSS pixel, mixed: 0..1, diameter: CSS pixels, alpha: 0..1}
   * @param {'full'|'thin'|'few'} list
   */
  draw(look, list, first = 0, count = this.counts[list]) {
    const gl = this.#gl;
    const { view, width, height } = look.camera;
    const { program, at } = this.#shader;
    if (count <= 0) return;
    gl.useProgram(program);
    gl.uniform2f(at.middle, view.x, view.y);
    gl.uniform2f(at.scale, (2 * view.k) / width, (2 * view.k) / height);
    gl.uniform1f(at.mixed, look.mixed);
    gl.uniform1f(at.diameter, look.diameter * look.ratio);
    gl.uniform1f(at.alpha, look.alpha);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindVertexArray(this.#arrays);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#buffers[list]);
    gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 4 * first);
    gl.bindVertexArray(null);
  }
}
