"use strict";
// Filters over the archive's counts; every view is drawn anew from what they leave, as a chart and as the table behind it.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const NONE = -1;
  const DRAWN = 40; // rows of a chart; its table holds the rest
  const LISTED = 300; // rows of a table
  const filters = { body: document.getElementById("body"), year: document.getElementById("year"), sector: document.getElementById("sector") };
  const number = new Intl.NumberFormat("es-CO");
  const percent = (share) => (share === null ? "sin dato" : `${(100 * share).toLocaleString("es-CO", { maximumFractionDigits: 1 })} %`);
  const bodyName = (i) => data.bodies[i] ?? "Instancia sin leer";
  const sectorName = (i) => data.sectors[i] ?? "Sin sector";
  const yearName = (i) => data.years[i] ?? "Año sin leer";
  const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);

  // ---------------------------------------------------------------- elements, always from text

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined && text !== null) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function cell(given) {
    const made = element("td");
    if (typeof given === "number") {
      made.textContent = number.format(given);
      made.className = "number";
    } else if (given && given.href) {
      const link = element("a", given.text);
      link.href = given.href;
      made.append(link);
    } else made.textContent = given ?? "";
    return made;
  }

  function table(place, caption, head, rows) {
    const made = element("table");
    made.append(element("caption", rows.length > LISTED ? `${caption}: primeras ${number.format(LISTED)} filas de ${number.format(rows.length)}` : caption));
    const top = element("tr");
    for (const title of head) {
      const th = element("th", title);
      th.scope = "col";
      top.append(th);
    }
    const header = element("thead");
    header.append(top);
    const body = element("tbody");
    for (const row of rows.slice(0, LISTED)) {
      const line = element("tr");
      line.append(...row.map(cell));
      body.append(line);
    }
    made.append(header, body);
    place.replaceChildren(rows.length ? made : element("p", "Nada con estos filtros.", "empty"));
  }

  // ---------------------------------------------------------------- filters

  const sits = new Set(data.rates.map(([body, year, sector]) => `${body} ${year} ${sector}`)); // where a sector has a seat
  for (const matrix of data.matrices) for (const [, sector] of matrix.seats) sits.add(`${matrix.body} ${matrix.year} ${sector}`);

  const everSits = new Set([...sits].map((at) => at.replace(/ -?\d+ /, " ")));

  function options(select, all, names, order) {
    const first = element("option", all);
    first.value = "";
    const rest = names.map((name, i) => {
      const option = element("option", name);
      option.value = String(i);
      return option;
    });
    select.append(first, ...rest.sort((a, b) => order(a.textContent, b.textContent)));
  }

  const chosen = () => Object.fromEntries(Object.entries(filters).map(([name, select]) => [name, select.value === "" ? null : Number(select.value)]));
  const of = (want, body, year) => (want.body === null || body === want.body) && (want.year === null || year === want.year);
  const inSector = (want, sector) => want.sector === null || sector === want.sector;
  // what has no sector of its own belongs to those that have a seat in its body that year
  const seated = (want, body, year) => of(want, body, year) && (want.sector === null || sits.has(`${body} ${year} ${want.sector}`));

  // ---------------------------------------------------------------- what the filters leave

  const reportLink = (doc, anchor, text) => {
    const report = data.reports[doc];
    const name = text ?? report?.[0] ?? "";
    return report && report[8] ? { text: name, href: `${data.folder}/${encodeURIComponent(report[1])}.html${anchor ? `#${anchor}` : ""}` } : name;
  };

  function rate(rows) {
    const [yes, no] = [sum(rows, (r) => r[4]), sum(rows, (r) => r[5])];
    const open = sum(rows, (r) => r[6] + r[7]);
    const all = yes + no + open;
    return { yes, no, open, rate: yes + no ? yes / (yes + no) : null, low: all ? yes / all : null, high: all ? (yes + open) / all : null };
  }

  function grouped(rows, key) {
    const groups = new Map();
    for (const row of rows) {
      const at = key(row);
      if (!groups.has(at)) groups.set(at, []);
      groups.get(at).push(row);
    }
    return groups;
  }

  const wantedRates = (want) => data.rates.filter(([body, year, sector]) => of(want, body, year) && inSector(want, sector));

  function rates(want, key, name, order) {
    const made = [...grouped(wantedRates(want), key)].map(([at, rows]) => ({ name: name(at, rows), ...rate(rows) }));
    made.sort(order ?? ((a, b) => (a.rate ?? 2) - (b.rate ?? 2) || b.no - a.no || a.name.localeCompare(b.name, "es")));
    for (const row of made) row.detail = `${percent(row.rate)} (entre ${percent(row.low)} y ${percent(row.high)})`;
    return {
      rows: apart(made),
      head: ["Nombre", "Asistencias", "Ausencias", "Por revisar", "Tasa", "Límite inferior", "Límite superior"],
      table: made.map((r) => [r.name, r.yes, r.no, r.open, percent(r.rate), percent(r.low), percent(r.high)]),
      summary: made.length ? `${number.format(made.length)} en total. Tasa más baja: ${made[0].name}, ${made[0].detail}.` : "",
    };
  }

  // names that are the same are told apart, or a chart would draw them as one
  function apart(rows, field = "name") {
    const seen = new Map();
    return rows.map((row) => {
      const times = (seen.get(row[field]) ?? 0) + 1;
      seen.set(row[field], times);
      return times > 1 ? { ...row, [field]: `${row[field]} (${times})` } : row;
    });
  }

  // the matrix that is asked for, or else that in which most was missed among those the filters leave
  function matrixFor(want) {
    const left = data.matrices.filter((m) => of(want, m.body, m.year) && (want.sector === null || m.seats.some(([, sector]) => sector === want.sector)));
    const missed = (m) => sum(m.cells, (c) => (c[2] === "N" && inSector(want, m.seats[c[0]][1]) ? 1 : 0));
    const newest = (m) => (want.year === null && want.body !== null ? Number(yearName(m.year)) * 1e6 : 0);
    return left.reduce((best, m) => (best === null || newest(m) + missed(m) > newest(best) + missed(best) ? m : best), null);
  }

  const STATES = {
    S: ["asistió", "●", "SI"], N: ["no asistió", "✕", "NO"], s: ["por revisar", "?", "SI, por revisar"],
    n: ["por revisar", "?", "NO, por revisar"], "-": ["sin dato", "–", "sin sesión para este asiento"], "?": ["sin dato", " ", "sin dato"],
  };

  const shortSession = (said) => said.replace(" ", "|").replace(/\/\d{4}$/, ""); // the map is of one year

  function attendanceMap(want) {
    const matrix = matrixFor(want);
    const head = ["Entidad", "Sector", "Rol"];
    if (!matrix) return { rows: [], head, table: [], summary: "" };
    const lines = matrix.seats.map(([entity, sector, role]) => ({ entity: data.entities[entity] ?? "Sin nombre", sector, role }));
    const names = apart(lines.map((l) => ({ name: `${l.entity}${l.role && l.role !== "I" ? ` · ${l.role}` : ""}` })));
    const kept = matrix.cells.filter(([seat]) => inSector(want, lines[seat].sector));
    const rows = kept.map(([seat, session, mark, doc, row, column, printings, agreement]) => {
      const [state, sign, said] = STATES[mark] ?? STATES["?"];
      const shared = printings > 1 ? `${said}; impreso en ${printings} informes, de acuerdo ${agreement ?? "?"} %` : said;
      return { seat: names[seat].name, session: shortSession(matrix.sessions[session]), state, sign, detail: shared, link: reportLink(doc, `attendance-${row}-${column}`).href ?? null, at: seat, column: session, said };
    });
    const bySeat = grouped(rows, (r) => r.at);
    const shown = [...bySeat].map(([seat, some]) => {
      const marks = matrix.sessions.map((_, i) => some.find((r) => r.column === i));
      return [lines[seat].entity, sectorName(lines[seat].sector), data.words.roles[lines[seat].role] ?? "", ...marks.map((m) => (m?.link ? { text: m.said, href: m.link } : m?.said ?? ""))];
    });
    const count = (state) => rows.filter((r) => r.state === state).length;
    return {
      rows,
      head: [...head, ...matrix.sessions],
      table: shown,
      summary: `${bodyName(matrix.body)}, ${yearName(matrix.year)}${want.body === null || want.year === null ? " (elija instancia y año para ver otra)" : ""}: ${bySeat.size} asientos, ${matrix.sessions.length} sesiones; ${count("asistió")} asistencias, ${count("no asistió")} ausencias, ${count("por revisar")} por revisar.`,
    };
  }

  const REPORT_STATES = { ok: ["completo", "●"], review: ["por revisar", "?"], failed: ["con fallo", "!"], perhaps: ["quizá falta", "¿"], missing: ["falta", "✕"] };

  const ABSENT = { missing: "no está en el archivo", perhaps: "no está en el archivo, salvo que sea un documento en duda" };

  // a missing report names no sector: those that have a seat in its body, in whichever year
  const gaps = (want) => data.missing.filter(([body, year]) => of(want, body, year) && (want.sector === null || everSits.has(`${body} ${want.sector}`)));

  // a gap that a document in doubt may fill, unless one stands in its very place
  function perhapsMissing(want) {
    const there = new Set(data.reportCounts.map(([body, year, quarter]) => `${body} ${year} ${quarter}`));
    return gaps(want).filter(([body, year, quarter, sure]) => !sure && !there.has(`${body} ${year} ${quarter}`)).length;
  }

  function calendar(want) {
    const at = new Map();
    for (const [body, year, quarter, status, n] of data.reportCounts) {
      if (!quarter || !seated(want, body, year)) continue;
      const key = `${body} ${year} ${quarter}`;
      const slot = at.get(key) ?? { body, year, quarter, counts: {} };
      slot.counts[status] = (slot.counts[status] ?? 0) + n;
      at.set(key, slot);
    }
    for (const [body, year, quarter, sure] of gaps(want)) {
      const key = `${body} ${year} ${quarter}`;
      if (!at.has(key)) at.set(key, { body, year, quarter, counts: sure ? { missing: 1 } : { perhaps: 1 } });
    }
    const rows = [...at.values()].map((slot) => {
      const status = Object.keys(REPORT_STATES).find((s) => slot.counts[s]);
      const all = sum(Object.values(slot.counts), (n) => n);
      const [state, sign] = REPORT_STATES[status];
      return { body: bodyName(slot.body), when: Number(data.years[slot.year] ?? 9999) * 10 + slot.quarter, period: `${data.years[slot.year] ?? "sin año"}|T${slot.quarter}`, state, sign: all > 1 ? String(all) : sign, detail: ABSENT[status] ?? `${all} en el archivo` };
    });
    rows.sort((a, b) => a.when - b.when);
    const bodies = [...grouped(rows, (r) => r.body)].map(([body, some]) => [body, some, some.filter((r) => r.state === "falta").length]);
    bodies.sort((a, b) => b[2] - a[2] || a[0].localeCompare(b[0], "es"));
    const drawn = new Set(bodies.slice(0, DRAWN).map(([body]) => body));
    const order = new Map(bodies.map(([body], i) => [body, i]));
    const missing = rows.filter((r) => r.state === "falta");
    const perhaps = rows.filter((r) => r.state === "quizá falta");
    const shown = rows.filter((r) => drawn.has(r.body));
    // the first row names all periods in their order, for a chart orders columns as they come
    const periods = [...new Set(rows.map((r) => r.when))];
    shown.sort((a, b) => periods.indexOf(a.when) - periods.indexOf(b.when) || order.get(a.body) - order.get(b.body));
    return {
      rows: shown,
      head: ["Instancia", "Informes que faltan", "Cuáles"],
      table: bodies.map(([body, some, n]) => [body, n, some.filter((r) => r.state === "falta").map((r) => r.period.replace("|", "-")).join(", ")]),
      summary: `${number.format(missing.length)} informes faltan${perhaps.length ? ` y ${number.format(perhaps.length)} quizá` : ""} en ${bodies.filter(([, , n]) => n).length} de ${bodies.length} instancias.${bodies.length > DRAWN ? ` La gráfica muestra ${DRAWN}; la tabla, todas.` : ""}`,
    };
  }

  const FUNCTION_STATES = { yes: ["abordada", 0], doubt: ["por revisar", 1], never: ["nunca abordada", 2] };
  const wantedFunctions = (want) => data.functions.filter(([body, year]) => seated(want, body, year));

  function functions(want) {
    const left = wantedFunctions(want);
    const bodies = [...grouped(left, (f) => f[0])].map(([body, some]) => {
      const count = (state) => some.filter((f) => f[5] === state).length;
      return { name: bodyName(body), yes: count("yes"), doubt: count("doubt"), never: count("never") };
    });
    bodies.sort((a, b) => b.never - a.never || a.name.localeCompare(b.name, "es"));
    const rows = apart(bodies).slice(0, DRAWN).flatMap((b) => Object.entries(FUNCTION_STATES).map(([key, [state, order]]) => ({ name: b.name, state, order, count: b[key] })));
    const never = sum(bodies, (b) => b.never);
    return {
      rows,
      head: ["Instancia", "Abordadas", "Por revisar", "Nunca abordadas"],
      table: bodies.map((b) => [b.name, b.yes, b.doubt, b.never]),
      summary: `${number.format(left.length)} funciones y años: ${number.format(never)} nunca abordadas.${bodies.length > DRAWN ? ` La gráfica muestra ${DRAWN} instancias; la tabla, todas.` : ""}`,
    };
  }

  function never(want) {
    const left = wantedFunctions(want).filter((f) => f[5] === "never");
    left.sort((a, b) => bodyName(a[0]).localeCompare(bodyName(b[0]), "es") || a[1] - b[1] || a[3] - b[3]);
    return {
      head: ["Instancia", "Año", "Clase", "N.º", "Función", "Informe"],
      table: left.map(([body, year, scope, n, text, , , doc]) => [bodyName(body), yearName(year), scope, String(n), text ?? "(texto en la tabla function_history)", reportLink(doc, `functions-${n}`)]),
      summary: `${number.format(left.length)} funciones.`,
    };
  }

  const wantedFindings = (want, at) => (row) => of(want, row[at], row[at + 1]) && inSector(want, row[at + 2]);

  function findings(want) {
    const left = data.found.filter(wantedFindings(want, 2));
    const kinds = [...grouped(left, (f) => f[0])].map(([code, some]) => ({ code, name: data.words.findings[code] ?? code, severity: some[0][1], count: sum(some, (f) => f[5]) }));
    kinds.sort((a, b) => b.count - a.count || a.name.localeCompare(b.name, "es"));
    const order = Object.keys(data.words.severities);
    return {
      rows: kinds.map((k) => ({ name: k.name, count: k.count, state: data.words.severities[k.severity] ?? k.severity, order: order.indexOf(k.severity) })),
      head: ["Hallazgo", "Código", "Gravedad", "Número"],
      table: kinds.map((k) => [k.name, k.code, data.words.severities[k.severity] ?? k.severity, k.count]),
      summary: `${number.format(sum(kinds, (k) => k.count))} hallazgos de ${kinds.length} clases.`,
    };
  }

  function found(want) {
    const order = Object.keys(data.words.severities);
    const left = data.findings.filter(wantedFindings(want, 3)).sort((a, b) => order.indexOf(a[2]) - order.indexOf(b[2]));
    return {
      head: ["Gravedad", "Hallazgo", "Instancia", "Año", "Qué dice", "Informe"],
      table: left.map(([code, doc, severity, body, year, , message]) => [data.words.severities[severity] ?? severity, data.words.findings[code] ?? code, bodyName(body), yearName(year), message, reportLink(doc)]),
      summary: `${number.format(left.length)} hallazgos.`,
    };
  }

  function asked(want) {
    const left = data.questions.filter(([, , body, year]) => seated(want, body, year));
    return {
      head: ["Sería", "Probabilidad", "Instancia", "Año", "Qué diría", "Qué confirmar", "Informe"],
      table: left.map(([code, doc, body, year, message, awaits, likely]) => [data.words.findings[code] ?? code, likely === null ? "no se sabe" : percent(likely), bodyName(body), yearName(year), message, awaits, reportLink(doc)]),
      summary: `${number.format(left.length)} preguntas.`,
    };
  }

  const wantedReview = (want) => data.review.filter(wantedFindings(want, 1));

  function review(want) {
    const tables = [...grouped(wantedReview(want), (r) => r[0])].map(([code, some]) => ({ name: data.words.tables[code] ?? code, all: sum(some, (r) => r[4]), open: sum(some, (r) => r[5]) }));
    for (const t of tables) [t.share, t.label, t.detail] = [t.all ? t.open / t.all : 0, percent(t.open / t.all), `${percent(t.open / t.all)}: ${number.format(t.open)} de ${number.format(t.all)}`];
    tables.sort((a, b) => b.share - a.share);
    const [open, all] = [sum(tables, (t) => t.open), sum(tables, (t) => t.all)];
    return {
      rows: tables,
      head: ["Tabla", "Valores", "Por revisar", "Parte"],
      table: tables.map((t) => [t.name, t.all, t.open, percent(t.share)]),
      summary: all ? `${number.format(open)} de ${number.format(all)} valores por revisar (${percent(open / all)}).` : "",
    };
  }

  function reasons(want) {
    const kinds = [...grouped(data.reasons.filter(wantedFindings(want, 1)), (r) => r[0])].map(([code, some]) => ({ name: data.words.reasons[code] ?? code, code, count: sum(some, (r) => r[4]) }));
    kinds.sort((a, b) => b.count - a.count);
    for (const k of kinds) k.detail = k.label = number.format(k.count);
    return {
      rows: apart(kinds),
      head: ["Motivo", "Código", "Valores"],
      table: kinds.map((k) => [k.name, k.code, k.count]),
      summary: kinds.length ? `El motivo más frecuente: ${kinds[0].name}` : "",
    };
  }

  const SHORT = { ok: "completo", review: "por revisar", failed: "con fallo" };

  function reports(want) {
    const left = data.reports.map((report, i) => [report, i]).filter(([r]) => seated(want, r[2], r[3]));
    left.sort(([a], [b]) => b[6] - a[6] || a[0].localeCompare(b[0], "es"));
    return {
      head: ["Archivo", "Instancia", "Periodo", "Estado", "Por revisar", "Hallazgos"],
      table: left.map(([r, i]) => [reportLink(i), bodyName(r[2]), r[4], SHORT[r[5]], r[6], r[7]]),
      summary: `${number.format(left.length)} informes en la lista.`,
    };
  }

  // ---------------------------------------------------------------- the page

  function figures(want) {
    const all = data.reportCounts.filter(([body, year]) => seated(want, body, year));
    const total = sum(all, (r) => r[4]);
    const failed = sum(all.filter((r) => r[3] === "failed"), (r) => r[4]);
    const bodies = new Set(all.map((r) => r[0]).filter((b) => b !== NONE)).size;
    const present = rate(wantedRates(want));
    const looked = wantedReview(want);
    const [open, read] = [sum(looked, (r) => r[5]), sum(looked, (r) => r[4])];
    const wrong = data.found.filter(wantedFindings(want, 2));
    const perhaps = perhapsMissing(want);
    const shown = [
      ["Informes", number.format(total), `${number.format(bodies)} instancias`],
      ["Asistencia", percent(present.rate), present.low === null ? "sin datos" : `entre ${percent(present.low)} y ${percent(present.high)}`],
      ["Valores por revisar", number.format(open), read ? `${percent(open / read)} de ${number.format(read)}` : "sin datos"],
      ["Hallazgos", number.format(sum(wrong, (f) => f[5])), `${number.format(sum(wrong.filter((f) => f[1] === "error"), (f) => f[5]))} son errores`],
      ["Informes que faltan", number.format(gaps(want).filter((g) => g[3]).length), `huecos en las series${perhaps ? `; quizá otros ${number.format(perhaps)}` : ""}`],
      ["Informes con fallo", number.format(failed), "no leídos, o no por completo"],
    ];
    document.getElementById("figures").replaceChildren(
      ...shown.map(([name, figure, bounds]) => {
        const box = element("div");
        box.append(element("dt", name), element("dd", figure, "figure"), element("dd", bounds, "bounds"));
        return box;
      }),
    );
    return total;
  }

  const views = {
    map: attendanceMap,
    calendar,
    years: (want) => rates(want, (r) => r[1], (y) => String(yearName(y)), (a, b) => a.name.localeCompare(b.name)),
    sectors: (want) => rates(want, (r) => r[2], sectorName),
    bodies: (want) => rates(want, (r) => r[0], bodyName),
    entities: (want) => rates(want, (r) => r[3], (e) => data.entities[e] ?? "Sin nombre"),
    functions, never, findings, found, asked, review, reasons, reports,
  };
  const WHOLE = new Set(["map", "calendar", "functions"]); // several rows of data make a row of these
  const charts = {}; // name → Vega's view, once drawn

  const withRows = (chart, rows) => ({ ...chart, data: chart.data.map((d) => (d.name === "rows" ? { ...d, values: rows } : d)) });

  async function draw(name, rows) {
    const place = document.getElementById(`c-${name}`);
    if (!charts[name]) {
      const made = await window.vegaEmbed(place, withRows(data.charts[name], rows), {
        ast: true, renderer: "svg", actions: false, mode: "vega", defaultStyle: false, tooltip: { disableDefaultStyle: true },
        formatLocale: { decimal: ",", thousands: ".", grouping: [3], currency: ["$", ""], percent: "\u00a0%" },
      });
      charts[name] = made.view;
      if (name === "map") made.view.addEventListener("click", (_, item) => item?.datum?.link && location.assign(item.datum.link));
      return;
    }
    await charts[name].data("rows", rows).resize().runAsync();
  }

  async function show(name, want) {
    const said = views[name](want);
    const title = document.getElementById(`t-${name}`).textContent;
    document.getElementById(`s-${name}`).textContent = said.summary;
    table(document.getElementById(`b-${name}`), title, said.head, said.table);
    const place = document.getElementById(`c-${name}`);
    if (!place) return;
    place.setAttribute("aria-label", `${title}. ${said.summary} La tabla que sigue dice lo mismo.`);
    place.hidden = said.rows.length === 0;
    if (!place.hidden) await draw(name, WHOLE.has(name) ? said.rows : said.rows.slice(0, DRAWN));
  }

  let drawing = Promise.resolve();
  function update() {
    const want = chosen();
    const total = figures(want);
    document.getElementById("said").textContent = `${number.format(total)} de ${number.format(sum(data.reportCounts, (r) => r[4]))} informes`;
    drawing = drawing.then(() => Promise.all(Object.keys(views).map((name) => show(name, want)))).then(() => {
      document.body.dataset.drawn = JSON.stringify(want);
    });
    return drawing;
  }

  options(filters.body, "Todas las instancias", data.bodies, (a, b) => a.localeCompare(b, "es"));
  options(filters.year, "Todos los años", data.years, (a, b) => b.localeCompare(a));
  options(filters.sector, "Todos los sectores", data.sectors, (a, b) => a.localeCompare(b, "es"));
  const form = document.getElementById("filters");
  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  update();
})();
