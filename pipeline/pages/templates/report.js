"use strict";
// A value that is chosen: its crop and what is known of it in the card, its place framed on the paper.
(() => {
  const { values, around } = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const card = document.getElementById("card");
  const view = document.getElementById("view");
  const near = document.getElementById("near");
  let chosenBy = null;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const drawn = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, given] of Object.entries(attributes)) made.setAttribute(key, given);
    return made;
  };
  const frame = ([x0, y0, x1, y1], className) =>
    drawn("rect", { class: className, x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
  const pageOf = (value) => document.getElementById(`page-${value.page}`);

  function crop(value) {
    const [x0, y0, x1, y1] = value.box;
    const [left, top] = [Math.max(0, x0 - around[0]), Math.max(0, y0 - around[1])];
    const made = drawn("svg", {
      viewBox: `${left} ${top} ${x1 + around[0] - left} ${y1 + around[1] - top}`,
      role: "img",
      "aria-label": `Recorte de la página ${value.page}: ${value.label}`,
    });
    made.append(drawn("use", { href: `#picture-${value.page}` }), frame(value.box, "here"));
    return made;
  }

  function facts(value) {
    const list = element("dl", undefined, "small");
    const said = [
      ["Leído", value.shown],
      ["En el papel", value.raw],
      ["Seguridad", value.confidence === null ? null : `${(100 * value.confidence).toLocaleString("es-CO", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} %`],
      ["Página", value.page],
      ["Línea", value.line],
    ];
    for (const [name, text] of said) {
      if (text === null || text === "") continue;
      const pair = element("div");
      pair.append(element("dt", name), element("dd", text));
      list.append(pair);
    }
    return list;
  }

  function show(value) {
    const close = element("button", "Cerrar", "close");
    close.type = "button";
    close.addEventListener("click", hide);
    card.replaceChildren(element("h2", value.label), close);
    if (value.box && pageOf(value)) card.append(crop(value));
    else if (value.line === null) card.append(element("p", "No hay recorte: este valor no tiene lugar en el papel que se muestra.", "soft small"));
    card.append(facts(value));
    const reasons = [...value.doubts.map((d) => `Por revisar: ${d}`), ...value.found.map((f) => `Hallazgo: ${f}`)];
    if (reasons.length) {
      const list = element("ul");
      list.append(...reasons.map((reason) => element("li", reason)));
      card.append(list);
    }
    card.hidden = false;
  }

  function unmark() {
    for (const marked of document.querySelectorAll("rect.here")) if (!card.contains(marked)) marked.remove();
    for (const marked of document.querySelectorAll(".value.here, li.here")) marked.classList.remove("here");
  }

  function point(value) {
    const page = value.box && pageOf(value);
    const line = value.line !== null && document.getElementById(`line-${value.line}`);
    if (page) {
      page.append(frame(value.box, "here"));
      const scale = page.getBoundingClientRect().width / page.viewBox.baseVal.width;
      const inView = page.getBoundingClientRect().top - view.getBoundingClientRect().top + view.scrollTop;
      view.scrollTo({
        top: inView + ((value.box[1] + value.box[3]) / 2) * scale - view.clientHeight / 2,
        left: ((value.box[0] + value.box[2]) / 2) * scale - view.clientWidth / 2,
      });
    } else if (line) {
      line.classList.add("here");
      view.scrollTo({ top: line.offsetTop - view.offsetTop - view.clientHeight / 2 });
    }
  }

  function choose(button) {
    unmark();
    const value = values[Number(button.dataset.value)];
    chosenBy = button;
    button.classList.add("here");
    show(value);
    point(value);
    card.focus({ preventScroll: true });
  }

  function hide() {
    unmark();
    card.hidden = true;
    chosenBy?.focus();
    chosenBy = null;
  }

  // from a cell to its neighbour in the same table
  function step(button, key) {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    const table = button.closest("table");
    let row = button.closest("tr").rowIndex;
    let column = button.closest("td,th").cellIndex;
    for (;;) {
      row += down;
      column += right;
      const cell = table.rows[row]?.cells[column];
      if (!cell) return;
      const next = cell.querySelector("button.value");
      if (next) return next.focus();
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-value]");
    if (button) choose(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !card.hidden) return hide();
    if (event.key.startsWith("Arrow") && event.target.matches("table button.value")) {
      event.preventDefault();
      step(event.target, event.key);
    }
  });
  near?.addEventListener("click", () => {
    near.setAttribute("aria-pressed", String(view.classList.toggle("near")));
    if (chosenBy) point(values[Number(chosenBy.dataset.value)]);
  });
  const asked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (asked?.matches("[data-value]")) {
    asked.scrollIntoView({ block: "center" });
    choose(asked);
  }
})();
