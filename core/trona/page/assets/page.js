"use strict";
// The charts and the viewer of a page. Without this script the page shows the same as pictures and tables.
(() => {
  const round = (v) => (v === 0 ? "0" : String(Number(v.toPrecision(5)))).replace("-", "−");

  // ------------------------------------------------------------------ a run that goes on: is it still heard of?
  const live = document.querySelector("p.live");
  if (live) {
    const silent = (Date.now() - Number(live.dataset.made)) / 1000;
    if (silent > Number(live.dataset.patience)) {
      const told = live.querySelector(".silent");
      told.hidden = false;
      told.querySelector("b").textContent = `${Math.round(silent / 60)} min`;
    }
  }

  // ------------------------------------------------------------------ charts: read a value at the pointer or by keys
  for (const svg of document.querySelectorAll("svg[data-chart]")) {
    const chart = JSON.parse(document.getElementById(svg.dataset.chart).textContent);
    const [left, right, top, bottom] = chart.box;
    const [low, high] = chart.ends;
    const cursor = svg.querySelector(".cursor");
    const reading = svg.parentElement.querySelector(".reading");
    const places = [...new Set(chart.series.flatMap((s) => s[1].filter((x) => x !== null)))].sort((a, b) => a - b);
    let at = -1;
    const show = () => {
      if (at < 0 || !places.length) { cursor.setAttribute("x1", -9); cursor.setAttribute("x2", -9); reading.textContent = ""; return; }
      const x = places[at];
      const px = left + ((x - low) / (high - low)) * (right - left);
      for (const end of ["x1", "x2"]) cursor.setAttribute(end, px);
      cursor.setAttribute("y1", top); cursor.setAttribute("y2", bottom);
      const told = [];
      for (const [name, xs, ys] of chart.series) {
        let best = -1;
        xs.forEach((v, i) => { if (v !== null && ys[i] !== null && (best < 0 || Math.abs(v - x) < Math.abs(xs[best] - x))) best = i; });
        if (best >= 0) {
          const base = chart.base ? chart.base + " + " : "";
          told.push(`${chart.series.length > 1 ? name + ": " : ""}${base}${round(ys[best])} ${chart.unit}`.trim());
        }
      }
      reading.textContent = `${chart.x.replace(/ \[.*/, "")} ${round(x)}${(chart.x.match(/\[(.*)\]/) || ["", ""])[1].replace(/^/, " ").trimEnd()}: ${told.slice(0, chart.most || 6).join("; ")}`;
    };
    const nearest = (event) => {
      const box = svg.getBoundingClientRect();
      const x = low + ((((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width - left) / (right - left)) * (high - low);
      at = 0;
      places.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(places[at] - x)) at = i; });
      show();
    };
    svg.addEventListener("pointermove", nearest);
    svg.addEventListener("pointerleave", () => { if (document.activeElement !== svg) { at = -1; show(); } });
    svg.addEventListener("blur", () => { at = -1; show(); });
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      at = Math.max(0, Math.min(places.length - 1, (at < 0 ? (step < 0 ? places.length : -1) : at) + step));
      show();
    });
  }

  // ------------------------------------------------------------------ the viewer
  const source = document.getElementById("scene");
  if (!source) return;
  const root = document.getElementById("viewer");
  const fallBack = (why) => {
    root.hidden = true;
    root.dataset.state = "missing";
    const told = document.getElementById("no-viewer");
    told.hidden = false;
    told.title = why;
    const pictures = told.nextElementSibling;
    if (pictures && pictures.tagName === "DETAILS") pictures.open = true;
  };

  const VIRIDIS = "440154481769472a7a433d843d4e8a355e8d2e6d8e297b8e23898e1f978b21a5852eb37c46c06f65cb5e89d548b0dd2fd8e219fde725";
  const colour = (share) => {
    const n = VIRIDIS.length / 6 - 1, i = Math.max(0, Math.min(n - 1, Math.floor(share * n))), f = Math.max(0, Math.min(1, share * n - i));
    const part = (k, c) => parseInt(VIRIDIS.substr(6 * k + 2 * c, 2), 16);
    return [0, 1, 2].map((c) => Math.round(part(i, c) * (1 - f) + part(i + 1, c) * f));
  };

  const element = (name, given = {}, ...inner) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
    made.append(...inner);
    return made;
  };

  async function start() {
    const scene = JSON.parse(source.textContent);
    const plain = scene.axes.length === 2;
    const canvas = element("canvas", { tabindex: "0", role: "application", "aria-label": `Fields of the run; arrow keys ${plain ? "move" : "turn"}, plus and minus zoom, 0 resets` });
    const gl = canvas.getContext("webgl2", { antialias: true, preserveDrawingBuffer: true });
    if (!gl || typeof DecompressionStream === "undefined") { fallBack("no WebGL 2"); return; }

    const unpacked = new Map();
    const unpack = (index, type) => {
      const key = `${index} ${type.name}`;
      if (!unpacked.has(key)) {
        unpacked.set(key, (async () => {
          const bytes = Uint8Array.from(atob(scene.shapes[index]), (c) => c.charCodeAt(0));
          const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
          return new type(await new Response(stream).arrayBuffer());
        })());
      }
      return unpacked.get(key);
    };

    // ---- geometry: columns become rows; a curved triangle is drawn as four
    const shapes = new Map();
    const geometry = async (block) => {
      const key = `${block.points} ${block.cells}`;
      if (shapes.has(key)) return shapes.get(key);
      const raw = await unpack(block.points, Uint16Array), numbers = await unpack(block.cells, Uint32Array);
      const dim = scene.axes.length, n = raw.length / dim, k = block.corners, m = numbers.length / k;
      const points = new Float32Array(3 * n);
      for (let i = 0; i < n; i++) for (let d = 0; d < dim; d++) points[3 * i + d] = scene.low[d] + (raw[d * n + i] / 65535) * scene.extent[d];
      const node = (c, j) => numbers[j * m + c];
      const faces = k === 6 ? [[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]] : [[0, 1, 2]];
      const sides = k === 6 ? [[0, 3], [3, 1], [1, 4], [4, 2], [2, 5], [5, 0]] : [[0, 1], [1, 2], [2, 0]];
      const triangles = new Uint32Array(m * faces.length * 3), edges = new Uint32Array(m * sides.length * 2), times = new Map();
      let t = 0, e = 0;
      for (let c = 0; c < m; c++) {
        for (const face of faces) for (const j of face) triangles[t++] = node(c, j);
        for (const [a, b] of sides) {
          const i = node(c, a), j = node(c, b);
          edges[e++] = i; edges[e++] = j;
          if (plain) { const side = i < j ? i * n + j : j * n + i; times.set(side, (times.get(side) || 0) + 1); }
        }
      }
      const outline = [];
      for (const [side, count] of times) if (count === 1) outline.push(Math.floor(side / n), side % n);
      const made = { points, triangles, edges, outline: new Uint32Array(outline), n };
      shapes.set(key, made);
      return made;
    };

    // ---- programs
    const compile = (vertex, fragment) => {
      const program = gl.createProgram();
      for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, text); gl.compileShader(shader); gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
      return program;
    };
    const surface = compile(
      `#version 300 es
      in vec3 place; in float value; uniform mat4 view; out float shown; out vec3 seen; out float none;
      void main() { gl_Position = view * vec4(place, 1.0); seen = gl_Position.xyz; none = value > 65534.5 ? 1.0 : 0.0; shown = value / 65534.0; }`,
      `#version 300 es
      precision highp float; in float shown; in vec3 seen; in float none; uniform sampler2D colours; uniform vec2 range; uniform float shade; out vec4 pixel;
      void main() {
        float share = clamp((shown - range.x) / max(range.y - range.x, 1e-7), 0.0, 1.0);
        vec3 c = none > 0.001 ? vec3(0.82) : texture(colours, vec2((share * 255.0 + 0.5) / 256.0, 0.5)).rgb;
        if (shade > 0.0) { vec3 n = normalize(cross(dFdx(seen), dFdy(seen))); c *= 0.72 + 0.28 * abs(n.z); }
        pixel = vec4(c, 1.0);
      }`);
    const lines = compile(
      `#version 300 es
      in vec3 place; uniform mat4 view; void main() { gl_Position = view * vec4(place, 1.0); gl_Position.z -= 0.0006 * gl_Position.w; }`,
      `#version 300 es
      precision highp float; uniform vec4 paint; out vec4 pixel; void main() { pixel = paint; }`);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    const texels = new Uint8Array(256 * 4);
    for (let i = 0; i < 256; i++) texels.set([...colour(i / 255), 255], 4 * i);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    for (const what of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, what, gl.LINEAR);
    const buffer = (kind, content) => { const b = gl.createBuffer(); gl.bindBuffer(kind, b); gl.bufferData(kind, content, gl.STATIC_DRAW); return b; };

    // ---- controls
    const pick = element("select", { "aria-label": "Field" }, ...scene.fields.map((f, i) => element("option", { value: i }, f.text)));
    const count = scene.frames.length;
    const slider = element("input", { type: "range", min: 0, max: count - 1, value: count - 1, "aria-label": "Time" });
    const clock = element("span", {});
    const play = element("button", { type: "button" }, "Play");
    const box = (text, on) => { const input = element("input", { type: "checkbox" }); input.checked = on; return [input, element("label", {}, input, ` ${text}`)]; };
    const [grid, gridLabel] = box("cells", false);
    const [own, ownLabel] = box("colours of this time alone", false);
    const sizes = scene.extent.filter((e) => e > 0);
    const [stretch, stretchLabel] = box("fill the frame (not to scale)", Math.max(...sizes) > (plain ? 25 : 5) * Math.min(...sizes));
    const reset = element("button", { type: "button" }, "Reset view");
    const save = element("button", { type: "button" }, "Save PNG");
    const names = [...new Set(scene.frames.flatMap((f) => f.blocks.map((b) => b.name)))];
    const visible = Object.fromEntries(names.map((name) => [name, box(name, true)]));
    const blocks = element("fieldset", {}, element("legend", {}, "Blocks"), ...names.map((name) => visible[name][1]));
    const section = element("select", { "aria-label": "Part" }, element("option", { value: "" }, "the surface"), ...scene.axes.map((axis, d) => element("option", { value: d }, `the section ${axis} = ${round(scene.low[d] + scene.extent[d] / 2)} ${scene.unit}`)));
    const controls = element("div", { class: "controls" }, element("label", {}, "Field ", pick));
    if (!plain) controls.append(element("label", {}, "Show ", section));
    const nearer = element("select", { "aria-label": "View" }, element("option", { value: "" }, "all"), ...names.map((name) => element("option", { value: name }, name)));
    if (plain && names.length > 1) controls.append(element("label", {}, "View ", nearer));
    if (count > 1) controls.append(element("label", {}, "Time ", slider), clock, play, ownLabel); else clock.textContent = "";
    if (names.length > 1) controls.append(blocks);
    controls.append(gridLabel, stretchLabel, reset, save);
    const over = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    over.setAttribute("aria-hidden", "true");
    const stage = element("div", { class: "stage" }, canvas, over);
    const told = element("output", { "aria-live": "off" });
    const hint = element("p", { class: "hint" }, plain
      ? "Drag to move, wheel to zoom, point to read a value. Keys: arrows, +, −, 0."
      : "Drag to turn, Shift and drag to move, wheel to zoom, point to read a value. Keys: arrows, +, −, 0.");
    root.append(controls, stage, told, hint);
    root.hidden = false;

    // ---- the view
    const centre = scene.axes.map((_, d) => scene.low[d] + scene.extent[d] / 2);
    while (centre.length < 3) centre.push(0);
    const extent = [...scene.extent]; while (extent.length < 3) extent.push(0);
    const largest = Math.max(...extent);
    let view;
    const home = () => { view = { zoom: 1, x: 0, y: 0, turn: -0.6, tilt: 1.05 }; };
    home();
    // What one looks at stays while a live page loads itself again; a browser may keep nothing of files.
    const key = `viewer of ${location.pathname}`, boxes = [grid, own, stretch, ...names.map((name) => visible[name][0])];
    try {
      const kept = JSON.parse(sessionStorage.getItem(key));
      sessionStorage.removeItem(key);
      if (kept && kept.boxes.length === boxes.length) {
        view = kept.view;
        pick.value = Math.max(0, scene.fields.findIndex((f) => f.name === kept.field));
        if (kept.time !== null) slider.value = kept.time;
        section.value = kept.section;
        nearer.value = kept.nearer;
        boxes.forEach((each, i) => { each.checked = kept.boxes[i]; });
      }
      if (live) addEventListener("pagehide", () => {
        const time = Number(slider.value) === count - 1 ? null : slider.value, field = scene.fields[Number(pick.value)].name;
        const seen = { view, field, time, section: section.value, nearer: nearer.value, boxes: boxes.map((each) => each.checked) };
        try { sessionStorage.setItem(key, JSON.stringify(seen)); } catch { /* as above */ }
      });
    } catch { /* as above */ }
    const margins = plain ? { left: 64, right: 104, top: 18, bottom: 44 } : { left: 70, right: 150, top: 34, bottom: 46 };
    let matrix = new Float32Array(16);
    const size = () => [stage.clientWidth, stage.clientHeight];
    const look = () => {
      const [w, h] = size();
      const inner = [w - margins.left - margins.right, h - margins.top - margins.bottom];
      const wanted = extent.map((e) => (stretch.checked ? (e > 0 ? largest / e : 1) : 1));
      let rows;
      if (plain) rows = [[wanted[0], 0, 0], [0, wanted[1], 0], [0, 0, 0]];
      else {
        const [ct, st, ca, sa] = [Math.cos(view.turn), Math.sin(view.turn), Math.cos(view.tilt), Math.sin(view.tilt)];
        rows = [[ct, -st, 0], [st * ca, ct * ca, sa], [-st * sa, -ct * sa, ca]].map((r) => r.map((v, d) => v * wanted[d]));
      }
      const reach = rows.map((r) => r.reduce((sum, v, d) => sum + Math.abs(v) * extent[d], 0));
      let sx = Math.min(inner[0] / (reach[0] || 1), inner[1] / (reach[1] || 1)), sy = sx;
      if (plain && stretch.checked) { sx = inner[0] / reach[0]; sy = inner[1] / reach[1]; }
      view.unit = [sx, sy, ...inner];
      sx *= view.zoom; sy *= view.zoom;
      const middle = [margins.left + inner[0] / 2 + view.x, margins.top + inner[1] / 2 + view.y];
      const depth = 0.9 / (Math.hypot(...extent.map((e, d) => e * wanted[d])) || 1);
      // Pixels to the square from -1 to 1; y is upwards there.
      const scale = [(2 * sx) / w, (2 * sy) / h, -depth];
      const shift = [(2 * middle[0]) / w - 1, 1 - (2 * middle[1]) / h, 0];
      for (let r = 0; r < 3; r++) {
        let away = 0;
        for (let c = 0; c < 3; c++) { matrix[4 * c + r] = rows[r][c] * scale[r]; away += rows[r][c] * centre[c]; }
        matrix[12 + r] = shift[r] - away * scale[r];
        matrix[4 * r + 3] = 0;
      }
      matrix[15] = 1;
    };
    const project = (x, y, z) => {
      const [w, h] = size();
      const at = [0, 1, 2].map((r) => matrix[r] * x + matrix[4 + r] * y + matrix[8 + r] * z + matrix[12 + r]);
      return [((at[0] + 1) * w) / 2, ((1 - at[1]) * h) / 2, at[2]];
    };

    // ---- what is drawn now
    let shown = [];
    const loaded = new Map();
    const load = async () => {
      const frame = scene.frames[Number(slider.value)], field = scene.fields[Number(pick.value)].name;
      const found = [];
      for (const block of frame.blocks.filter((b) => b.section === section.value)) {
        const name = block.name;
        const shape = await geometry(block);
        if (!shape.buffers) {
          gl.bindVertexArray(null);
          shape.buffers = { points: buffer(gl.ARRAY_BUFFER, shape.points), triangles: buffer(gl.ELEMENT_ARRAY_BUFFER, shape.triangles), edges: buffer(gl.ELEMENT_ARRAY_BUFFER, shape.edges), outline: buffer(gl.ELEMENT_ARRAY_BUFFER, shape.outline) };
        }
        const index = block.values[field];
        let values = null;
        if (index !== undefined) {
          if (!loaded.has(index)) { const raw = await unpack(index, Uint16Array); loaded.set(index, { raw, buffer: buffer(gl.ARRAY_BUFFER, raw) }); }
          values = loaded.get(index);
        }
        found.push({ name, shape, values });
      }
      return found;
    };
    let range = [0, 1];
    const limits = () => {
      if (!own.checked) return [0, 1];
      let low = 65534, high = 0;
      for (const part of shown) if (part.values && visible[part.name][0].checked) for (const v of part.values.raw) if (v < 65535) { if (v < low) low = v; if (v > high) high = v; }
      return low <= high ? [low / 65534, high / 65534] : [0, 1];
    };
    const draw = () => {
      const [w, h] = size(), dense = window.devicePixelRatio || 1;
      if (canvas.width !== Math.round(w * dense) || canvas.height !== Math.round(h * dense)) { canvas.width = Math.round(w * dense); canvas.height = Math.round(h * dense); }
      look();
      range = limits();
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(1, 1, 1, 1);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.enable(gl.DEPTH_TEST); gl.depthFunc(gl.LEQUAL);
      for (const { name, shape, values } of shown) {
        if (!visible[name][0].checked) continue;
        gl.useProgram(surface);
        gl.uniformMatrix4fv(gl.getUniformLocation(surface, "view"), false, matrix);
        gl.uniform2f(gl.getUniformLocation(surface, "range"), ...range);
        gl.uniform1f(gl.getUniformLocation(surface, "shade"), plain ? 0 : 1);
        const place = gl.getAttribLocation(surface, "place"), value = gl.getAttribLocation(surface, "value");
        gl.bindBuffer(gl.ARRAY_BUFFER, shape.buffers.points);
        gl.enableVertexAttribArray(place); gl.vertexAttribPointer(place, 3, gl.FLOAT, false, 0, 0);
        if (values) { gl.bindBuffer(gl.ARRAY_BUFFER, values.buffer); gl.enableVertexAttribArray(value); gl.vertexAttribPointer(value, 1, gl.UNSIGNED_SHORT, false, 0, 0); }
        else { gl.disableVertexAttribArray(value); gl.vertexAttrib1f(value, 65535); }
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, shape.buffers.triangles);
        gl.drawElements(gl.TRIANGLES, shape.triangles.length, gl.UNSIGNED_INT, 0);
        gl.disableVertexAttribArray(value);
        gl.useProgram(lines);
        gl.uniformMatrix4fv(gl.getUniformLocation(lines, "view"), false, matrix);
        const at = gl.getAttribLocation(lines, "place");
        gl.bindBuffer(gl.ARRAY_BUFFER, shape.buffers.points);
        gl.enableVertexAttribArray(at); gl.vertexAttribPointer(at, 3, gl.FLOAT, false, 0, 0);
        const stroke = (buffers, length, paint) => {
          gl.uniform4f(gl.getUniformLocation(lines, "paint"), ...paint);
          gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers);
          gl.drawElements(gl.LINES, length, gl.UNSIGNED_INT, 0);
        };
        if (grid.checked) stroke(shape.buffers.edges, shape.edges.length, [0.25, 0.3, 0.33, 1]);
        else if (plain) stroke(shape.buffers.outline, shape.outline.length, [0.45, 0.5, 0.53, 1]);
      }
      annotate();
    };
    const ticks = (low, high, most) => {
      const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
      const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw * (1 - 1e-9));
      const found = [];
      for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) found.push(n * step);
      return found;
    };
    const label = (v, among) => { const span = Math.max(...among) - Math.min(...among); return Math.abs(v) < 1e-9 * span ? "0" : String(Number(v.toPrecision(Math.max(3, Math.ceil(Math.log10(Math.abs(v) / (span || Math.abs(v)) + 1)) + 3)))).replace("-", "−"); };
    const annotate = () => {
      const [w, h] = size(), out = [];
      const write = (x, y, anchor, text) => out.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</text>`);
      const line = (a, b) => out.push(`<path d="M${a[0].toFixed(1)} ${a[1].toFixed(1)}L${b[0].toFixed(1)} ${b[1].toFixed(1)}"/>`);
      over.setAttribute("viewBox", `0 0 ${w} ${h}`);
      if (plain) {
        const ends = [margins.left, w - margins.right, h - margins.bottom, margins.top];
        const x = (px) => (((2 * px) / w - 1) - matrix[12]) / matrix[0], y = (py) => ((1 - (2 * py) / h) - matrix[13]) / matrix[5];
        const blank = (px, py, pw, ph) => out.push(`<rect x="${px}" y="${py}" width="${pw}" height="${ph}" fill="#fff"/>`);
        blank(0, 0, ends[0], h); blank(ends[1], 0, w - ends[1], h); blank(0, 0, w, ends[3]); blank(0, ends[2], w, h - ends[2]);
        line([ends[0], ends[2]], [ends[1], ends[2]]); line([ends[0], ends[2]], [ends[0], ends[3]]);
        line([ends[1], ends[2]], [ends[1], ends[3]]); line([ends[0], ends[3]], [ends[1], ends[3]]);
        const xs = ticks(x(ends[0]), x(ends[1]), Math.max(2, (ends[1] - ends[0]) / 90)), ys = ticks(y(ends[2]), y(ends[3]), Math.max(2, (ends[2] - ends[3]) / 60));
        for (const v of xs) { const p = project(v, 0, 0)[0]; line([p, ends[2]], [p, ends[2] + 5]); write(p, ends[2] + 18, "middle", label(v, xs)); }
        for (const v of ys) { const p = project(0, v, 0)[1]; line([ends[0] - 5, p], [ends[0], p]); write(ends[0] - 8, p + 4, "end", label(v, ys)); }
        write((ends[0] + ends[1]) / 2, h - 8, "middle", `${scene.axes[0]} [${scene.unit}]`);
        const my = (ends[2] + ends[3]) / 2;
        out.push(`<text x="14" y="${my}" text-anchor="middle" transform="rotate(-90 14 ${my})">${scene.axes[1]} [${scene.unit}]</text>`);
      } else {
        // Each axis has its name at that of the four edges along it that lies outermost on the screen.
        const high = scene.low.map((v, d) => v + scene.extent[d]), ends = [scene.low, high];
        const heart = project(...centre);
        scene.axes.forEach((axis, d) => {
          const edges = [0, 1, 2, 3].map((n) => {
            const from = scene.low.map((_, k) => (k === d ? 0 : ends[k < d ? (k === 0 ? n & 1 : (n >> 1) & 1) : k - 1 === 0 ? n & 1 : (n >> 1) & 1][k]));
            const a = [...from], b = [...from];
            a[d] = scene.low[d]; b[d] = high[d];
            const [pa, pb] = [project(...a), project(...b)];
            return { pa, pb, x: (pa[0] + pb[0]) / 2, y: (pa[1] + pb[1]) / 2 };
          });
          const upright = Math.abs(edges[0].pa[1] - edges[0].pb[1]) > 2 * Math.abs(edges[0].pa[0] - edges[0].pb[0]);
          const edge = edges.reduce((best, e) => ((upright ? e.x < best.x : e.y > best.y) ? e : best));
          line(edge.pa, edge.pb);
          const away = [edge.x - heart[0], edge.y - heart[1]], length = Math.hypot(...away) || 1;
          const [ox, oy] = upright ? [-1, 0] : [away[0] / length, Math.max(0.4, away[1] / length)];
          const anchor = ox < -0.3 ? "end" : ox > 0.3 ? "start" : "middle";
          write(edge.x + 14 * ox, edge.y + 18 * oy, anchor, `${axis} [${scene.unit}]`);
          for (const [p, v] of [[edge.pa, scene.low[d]], [edge.pb, high[d]]]) write(p[0] + 8 * ox, p[1] + 12 * oy + 3, anchor, label(v, [scene.low[d], high[d]]));
        });
      }
      // The bar of colours.
      const field = scene.fields[Number(pick.value)], x0 = w - 84, y0 = 44, y1 = h - 40;
      const from = field.low + range[0] * (field.high - field.low), to = field.low + range[1] * (field.high - field.low);
      out.push(`<defs><linearGradient id="bar" x1="0" y1="1" x2="0" y2="0">${[...Array(18).keys()].map((i) => `<stop offset="${i / 17}" stop-color="rgb(${colour(i / 17)})"/>`).join("")}</linearGradient></defs>`);
      out.push(`<rect x="${x0}" y="${y0}" width="14" height="${y1 - y0}" fill="url(#bar)"/>`);
      const flat = !(to - from > 1e-12 * Math.max(Math.abs(from), Math.abs(to)));
      const marks = flat ? [from] : ticks(from, to, 6);
      for (const v of marks) { const py = flat ? (y0 + y1) / 2 : y1 - ((v - from) / (to - from)) * (y1 - y0); line([x0 + 14, py], [x0 + 18, py]); write(x0 + 21, py + 4, "start", label(v, flat ? [0, v] : marks)); }
      write(w - 8, 18, "end", field.base ? (field.base.startsWith("-") ? `+ ${field.base.slice(1)}` : `− ${field.base}`) : field.unit ? `[${field.unit}]` : "");
      if (field.base && field.unit) write(w - 8, 33, "end", `[${field.unit}]`);
      over.innerHTML = out.join("");
    };
    let due = false;
    const later = () => { if (!due) { due = true; requestAnimationFrame(() => { due = false; draw(); }); } };
    const change = async () => {
      const frame = scene.frames[Number(slider.value)];
      clock.textContent = frame.name;
      slider.setAttribute("aria-valuetext", clock.textContent);
      shown = await load();
      draw();
      root.dataset.state = "ready";
    };

    // ---- a value at the pointer: the nearest triangle under it
    const read = (px, py) => {
      let best = null;
      for (const { name, shape, values } of shown) {
        if (!values || !visible[name][0].checked) continue;
        const { points, triangles } = shape, m = matrix, [w, h] = size();
        const X = (i) => ((m[0] * points[3 * i] + m[4] * points[3 * i + 1] + m[8] * points[3 * i + 2] + m[12] + 1) * w) / 2;
        const Y = (i) => ((1 - (m[1] * points[3 * i] + m[5] * points[3 * i + 1] + m[9] * points[3 * i + 2] + m[13])) * h) / 2;
        const Z = (i) => m[2] * points[3 * i] + m[6] * points[3 * i + 1] + m[10] * points[3 * i + 2] + m[14];
        for (let t = 0; t < triangles.length; t += 3) {
          const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]];
          const ax = X(a), bx = X(b), cx = X(c);
          if (px < Math.min(ax, bx, cx) || px > Math.max(ax, bx, cx)) continue;
          const ay = Y(a), by = Y(b), cy = Y(c), area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
          if (!area) continue;
          const u = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / area, v = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / area;
          if (u < 0 || v < 0 || u + v > 1) continue;
          const share = [1 - u - v, u, v], nodes = [a, b, c], depth = plain ? 0 : share.reduce((s, f, i) => s + f * Z(nodes[i]), 0);
          if (best && depth >= best.depth) continue;
          const raw = nodes.map((i) => values.raw[i]);
          best = { name, depth, value: raw.some((r) => r > 65534) ? NaN : share.reduce((s, f, i) => s + f * raw[i], 0) / 65534, place: scene.axes.map((_, d) => share.reduce((s, f, i) => s + f * points[3 * nodes[i] + d], 0)) };
        }
      }
      if (!best) { told.textContent = ""; return; }
      const field = scene.fields[Number(pick.value)];
      const base = field.base ? `${field.base} + ` : "";
      const number = Number.isNaN(best.value) ? "no value" : base + `${Number((field.low + best.value * (field.high - field.low)).toPrecision(6))} ${field.unit}`;
      told.textContent = `${best.name} at (${best.place.map((v) => round(v)).join(", ")}) ${scene.unit}: ${number}`.replace(/-/g, "−");
    };

    // ---- what moves it
    const zoom = (factor, px, py) => {
      const [w, h] = size(), middle = [margins.left + (w - margins.left - margins.right) / 2, margins.top + (h - margins.top - margins.bottom) / 2];
      const next = Math.max(0.3, Math.min(2000, view.zoom * factor)), real = next / view.zoom;
      view.x = px - middle[0] - (px - middle[0] - view.x) * real;
      view.y = py - middle[1] - (py - middle[1] - view.y) * real;
      view.zoom = next;
      later();
    };
    const move = (dx, dy, turn) => {
      if (turn && !plain) { view.turn += dx * 0.008; view.tilt = Math.max(0, Math.min(Math.PI, view.tilt - dy * 0.008)); } else { view.x += dx; view.y += dy; }
      later();
    };
    let held = null;
    canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointerup", () => { held = null; });
    canvas.addEventListener("pointermove", (event) => {
      if (held) { move(event.clientX - held[0], event.clientY - held[1], !event.shiftKey && !(event.buttons & 2)); held = [event.clientX, event.clientY]; }
      else { const at = canvas.getBoundingClientRect(); read(event.clientX - at.left, event.clientY - at.top); }
    });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerleave", () => { told.textContent = ""; });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const at = canvas.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - at.left, event.clientY - at.top);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const [w, h] = size(), way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (way) move(way[0] * (plain ? 30 : 15), way[1] * (plain ? 30 : 15), true);
      else if (event.key === "+" || event.key === "=") zoom(1.25, w / 2, h / 2);
      else if (event.key === "-") zoom(0.8, w / 2, h / 2);
      else if (event.key === "0") { home(); nearer.value = ""; later(); } else return;
      event.preventDefault();
    });
    reset.addEventListener("click", () => { home(); nearer.value = ""; later(); });
    save.addEventListener("click", async () => {
      draw();
      const styled = over.cloneNode(true), [w, h] = size();
      styled.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      styled.setAttribute("width", w); styled.setAttribute("height", h);
      styled.insertAdjacentHTML("afterbegin", "<style>text{font:12px sans-serif;fill:#26343b}path{fill:none;stroke:#90a0a8}</style>");
      const drawn = new Image();
      drawn.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(styled))}`;
      await drawn.decode();
      const paper = element("canvas", { width: canvas.width, height: canvas.height }), pen = paper.getContext("2d");
      pen.drawImage(canvas, 0, 0);
      pen.drawImage(drawn, 0, 0, canvas.width, canvas.height);
      const link = element("a", { href: paper.toDataURL("image/png"), download: `${scene.fields[Number(pick.value)].name}.png` });
      link.click();
    });
    let playing = 0;
    play.addEventListener("click", () => {
      if (playing) { clearInterval(playing); playing = 0; play.textContent = "Play"; return; }
      play.textContent = "Pause";
      playing = setInterval(() => { slider.value = (Number(slider.value) + 1) % count; change(); }, 350);
    });
    pick.addEventListener("change", change);
    section.addEventListener("change", change);
    nearer.addEventListener("change", () => {
      home(); look();
      const part = shown.find((each) => each.name === nearer.value);
      if (part) {
        const { points, n } = part.shape, [sx, sy, w, h] = view.unit, ends = [0, 1].map(() => [Infinity, -Infinity]);
        for (let i = 0; i < n; i++) for (const d of [0, 1]) ends[d] = [Math.min(ends[d][0], points[3 * i + d]), Math.max(ends[d][1], points[3 * i + d])];
        const [width, height] = ends.map(([low, high]) => (high - low) * 1.1 || 1);
        view.zoom = Math.max(1, Math.min(w / (width * sx), h / (height * sy)));
        view.x = (centre[0] - (ends[0][0] + ends[0][1]) / 2) * sx * view.zoom;
        view.y = ((ends[1][0] + ends[1][1]) / 2 - centre[1]) * sy * view.zoom;
      }
      later();
    });
    slider.addEventListener("input", change);
    for (const input of [grid, own, stretch, ...names.map((name) => visible[name][0])]) input.addEventListener("change", later);
    new ResizeObserver(later).observe(stage);
    canvas.addEventListener("webglcontextlost", (event) => { event.preventDefault(); fallBack("the graphics card was lost"); });
    await change();
  }
  start().catch((error) => { console.error(error); fallBack(String(error)); });
})();
