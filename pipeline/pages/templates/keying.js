"use strict";
(() => {
  const { sample, seed, size, header, items } = JSON.parse(document.getElementById("data").textContent);
  const fields = [...document.querySelectorAll("fieldset[data-number]")];
  const store = `veedor-${sample}`;

  const answer = (field) => {
    const text = field.querySelector("input[type=text]");
    const chosen = field.querySelector("input[type=radio]:checked");
    return text ? text.value.trim() : chosen ? chosen.value : "";
  };
  const put = (field, value) => {
    const text = field.querySelector("input[type=text]");
    if (text) text.value = value;
    else for (const radio of field.querySelectorAll("input[type=radio]")) radio.checked = radio.value === value;
  };
  const show = () => {
    const done = fields.filter((field) => answer(field) !== "");
    for (const field of fields) field.closest("article").classList.toggle("answered", done.includes(field));
    document.getElementById("progress").textContent = `${done.length} de ${fields.length} respondidas`;
  };
  const keep = () => {
    try {
      localStorage.setItem(store, JSON.stringify(fields.map(answer)));
    } catch { /* a browser that keeps nothing: the export still has it all */ }
    show();
  };

  try {
    JSON.parse(localStorage.getItem(store) || "[]").forEach((value, i) => fields[i] && put(fields[i], value));
  } catch { /* nothing kept, or not ours */ }
  show();

  document.addEventListener("input", keep);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.fill");
    if (!button) return;
    put(button.closest("fieldset"), button.value);
    keep();
  });
  document.getElementById("next").addEventListener("click", () => {
    const open = fields.find((field) => answer(field) === "");
    if (!open) return;
    open.closest("article").scrollIntoView();
    open.querySelector("input").focus({ preventScroll: true });
  });
  const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
  document.getElementById("export").addEventListener("click", () => {
    const rows = fields.map((field, i) => [sample, seed, size, items[i].number, items[i].question, answer(field)]);
    const text = "\ufeff" + [header, ...rows].map((row) => row.map(quoted).join(",") + "\r\n").join("");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = `respuestas-${sample}.csv`;
    link.click();
  });
})();
