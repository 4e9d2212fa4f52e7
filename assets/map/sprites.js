/** The images themselves, drawn at their points: an atlas of thumbnails in one texture, framed in the class's colour. */
import { compile, fill, makeTexture } from './gl.js';
import { thumbnails } from '../shared/thumbnails.js';

const SIDE = 32;
const SLOTS = SIDE * SIDE;
const FLOATS = 7;

const VERTEX = `
layout(location = 0) in vec2 place;
layout(location = 1) in vec2 slot;
layout(location = 2) in vec3 tint;
uniform vec2 half_size, frame, canvas_size, slot_size;
out vec2 from_middle, texel;
flat out vec3 color;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
  vec2 outer = half_size + frame;
  from_middle = corner * outer;
  texel = (slot + 0.5 + 0.5 * from_middle / half_size * (1.0 - 0.5 / slot_size)) / ${SIDE}.0;
  color = tint;
  vec2 pixel = place + from_middle;
  gl_Position = vec4(2.0 * pixel.x / canvas_size.x - 1.0, 1.0 - 2.0 * pixel.y / canvas_size.y, 0.0, 1.0);
}`;

const FRAGMENT = `
uniform sampler2D atlas;
uniform vec2 half_size;
uniform float alpha;
in vec2 from_middle, texel;
flat in vec3 color;
out vec4 pixel;
void main() {
  bool inside = all(lessThan(abs(from_middle), half_size));
  pixel = vec4(inside ? texture(atlas, texel).rgb : color, 1.0) * alpha;
}`;

export class Sprites {
  #gl;
  #shader;
  #arrays;
  #buffer;
  #atlas = null;
  #shape = null;
  /** @type {Map<number, number>} slot by sample, last used last */
  #slots = new Map();

  constructor(gl) {
    this.#gl = gl;
    this.#shader = compile(gl, VERTEX, FRAGMENT);
    this.#arrays = gl.createVertexArray();
    this.#buffer = gl.createBuffer();
    gl.bindVertexArray(this.#arrays);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    [2, 2, 3].reduce((offset, size, location) => {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, size, gl.FLOAT, false, 4 * FLOATS, offset);
      gl.vertexAttribDivisor(location, 1);
      return offset + 4 * size;
    }, 0);
    gl.bindVertexArray(null);
  }

  /** @returns {number|null} the sample's place in the atlas, filled if need be; null while its image is not here */
  #slot(index) {
    const pixels = thumbnails.get(index);
    if (!pixels) return null;
    let slot = this.#slots.get(index);
    if (slot === undefined) {
      slot = this.#slots.size;
      if (slot === SLOTS) {
        const [oldest, freed] = this.#slots.entries().next().value;
        this.#slots.delete(oldest);
        slot = freed;
      }
      this.#upload(slot, pixels);
    }
    this.#slots.delete(index);
    this.#slots.set(index, slot);
    return slot;
  }

  #upload(slot, pixels) {
    const gl = this.#gl;
    const { width, height, channels } = this.#shape;
    const rgba = new Uint8Array(width * height * 4).fill(255);
    for (let p = 0; p < width * height; p++) {
      for (let c = 0; c < 3; c++) rgba[4 * p + c] = pixels[p * channels + (channels === 1 ? 0 : c)];
    }
    gl.bindTexture(gl.TEXTURE_2D, this.#atlas);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, (slot % SIDE) * width, Math.floor(slot / SIDE) * height, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  }

  #prepare() {
    const shape = thumbnails.size;
    if (!shape.width || !shape.height) return false;
    if (!this.#atlas) {
      this.#shape = shape;
      this.#atlas = makeTexture(this.#gl, SIDE * shape.width, SIDE * shape.height, this.#gl.NEAREST);
    }
    return true;
  }

  /**
   * @param {{index: number, x: number, y: number, color: number[]}[]} items CSS pixels; RGB 0..255
   * @param {object} look {camera, ratio, side: CSS pixels of the longer edge, alpha: 0..1}
   */
  draw(items, look) {
    const gl = this.#gl;
    if (!items.length || !this.#prepare()) return;
    const data = new Float32Array(items.length * FLOATS);
    let count = 0;
    for (const { index, x, y, color } of items) {
      const slot = this.#slot(index);
      if (slot === null) continue;
      // On whole device pixels, or every row of the image would be smeared over two.
      const place = [x, y].map((value) => Math.round(value * look.ratio));
      const tint = Array.from(color, (value) => value / 255);
      data.set([...place, slot % SIDE, Math.floor(slot / SIDE), ...tint], FLOATS * count++);
    }
    if (!count) return;
    const { width, height } = this.#shape;
    const half = (look.side * look.ratio) / 2 / Math.max(width, height);
    const at = this.#shader.at;
    gl.useProgram(this.#shader.program);
    gl.uniform2f(at.half_size, Math.round(width * half), Math.round(height * half));
    gl.uniform2f(at.frame, Math.max(1, Math.round(1.5 * look.ratio)), Math.max(1, Math.round(1.5 * look.ratio)));
    gl.uniform2f(at.canvas_size, look.camera.width * look.ratio, look.camera.height * look.ratio);
    gl.uniform2f(at.slot_size, width, height);
    gl.uniform1f(at.alpha, look.alpha);
    gl.bindTexture(gl.TEXTURE_2D, this.#atlas);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindVertexArray(this.#arrays);
    fill(gl, gl.ARRAY_BUFFER, this.#buffer, data.subarray(0, count * FLOATS), gl.STREAM_DRAW);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
    gl.bindVertexArray(null);
  }
}
