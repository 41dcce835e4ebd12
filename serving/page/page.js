"use strict";
const schema = JSON.parse(document.getElementById("schema").textContent);
const form = document.getElementById("row");
const part = (id) => document.getElementById(id);
let latest = 0;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text; // never HTML: names and levels are anybody's text
  return made;
}

function record() {
  const pairs = schema.columns.map((column, i) => {
    const typed = part("cell" + i).value;
    if (typed.trim() === "" && (column.number || typed === "")) return [column.name, null];
    return [column.name, column.levels ? column.levels[Number(typed)] : typed];
  });
  return Object.fromEntries(pairs);
}

function number(value, digits) {
  return value === null ? "not a number" : String(Number(value.toPrecision(digits)));
}

function percent(share) {
  return share === null ? "not a number" : (100 * share).toFixed(1) + " %";
}

function track(from, to, className) {
  const outer = element("div", "track");
  const inner = element("i", className);
  inner.style.left = 100 * from + "%";
  inner.style.width = 100 * (to - from) + "%";
  outer.append(inner);
  return outer;
}

function showBars(pairs) {
  part("bars").replaceChildren(...pairs.map(([label, share]) => {
    const item = element("li");
    const line = element("div", "line");
    line.append(element("span", "", label), element("span", "", percent(share)));
    item.append(line, track(0, share || 0, ""));
    return item;
  }));
}

function showReasons(reasons, amount, detail, bar) {
  part("reasons").replaceChildren(...reasons.map((reason) => {
    const item = element("li");
    const line = element("div", "line");
    const given = "cell" in reason ? " " + (reason.cell === null ? "missing" : shortened(reason.cell)) : "";
    const name = element("span", "");
    name.append(element("b", "", reason.column), given);
    line.append(name, element("span", "", amount(reason)));
    item.title = reason.text;
    item.append(line, element("p", "note", detail(reason)), bar(reason));
    return item;
  }));
}

function shortened(cell) {
  return typeof cell === "number" ? number(cell, 6) : cell;
}

function signed(effect, answer) {
  if (effect === null) return "not a number";
  const size = answer.of === null ? number(Math.abs(effect), 4) : (100 * Math.abs(effect)).toFixed(1) + " points";
  return (effect < 0 ? "\u2212" : "+") + size;
}

function showPrediction(answer) {
  const said = answer.prediction;
  const value = part("value");
  value.classList.toggle("alarm", said.is_anomaly === true);
  const shown = [...answer.reasons].slice(0, 12);
  if ("probabilities" in said) {
    part("caption").textContent = schema.response ? "Predicted " + schema.response : "Predicted label";
    value.textContent = said.label === null ? "no label" : String(said.label);
    const pairs = Object.entries(said.probabilities).sort((a, b) => b[1] - a[1]);
    showBars(pairs.slice(0, 10));
  } else if ("score" in said) {
    part("caption").textContent = "Anomaly score " + number(said.score, 5) + ", threshold " + number(said.threshold, 5);
    value.textContent = said.is_anomaly ? "Anomaly" : "Ordinary";
    showBars([]);
  } else {
    part("caption").textContent = schema.response ? "Predicted " + schema.response : "Prediction";
    value.textContent = number(said.prediction, 6);
    showBars([]);
  }
  part("note").textContent = said.unseen ? said.unseen + " of the levels were not seen in training" : "";
  if ("score" in said) {
    part("about").textContent = "The columns that fit the others least, with their share of the score.";
    const share = (reason) => percent(reason.share);
    const told = (reason) => reason.text.slice(reason.column.length).trim();
    showReasons(shown, share, told, (reason) => track(0, Math.min(1, reason.share), "down"));
    return;
  }
  const target = answer.of === null ? "the prediction" : "the probability of " + answer.of;
  part("about").textContent = "What each column adds to " + target + ", set against what is usual. Effects do not add up.";
  const largest = Math.max(...shown.map((reason) => Math.abs(reason.effect || 0)), 1e-300);
  const against = (reason) => "against " + reason.against;
  showReasons(shown, (reason) => signed(reason.effect, answer), against, (reason) => {
    const half = Math.min(1, Math.abs(reason.effect || 0) / largest) / 2;
    return reason.effect >= 0 ? track(0.5, 0.5 + half, "up") : track(0.5 - half, 0.5, "down");
  });
}

function showProblem(message, column) {
  part("problem").textContent = message;
  part("problem").hidden = false;
  part("answer").hidden = true;
  const wrong = schema.columns.findIndex((known) => known.name === column);
  if (wrong >= 0) {
    part("field" + wrong).classList.add("wrong");
    part("cell" + wrong).setAttribute("aria-invalid", "true");
  }
}

function clearMarks() {
  part("problem").hidden = true;
  part("hint").hidden = true;
  for (const field of form.querySelectorAll(".wrong")) field.classList.remove("wrong");
  for (const cell of form.querySelectorAll("[aria-invalid]")) cell.removeAttribute("aria-invalid");
}

async function predict() {
  const asked = ++latest;
  let response, answer;
  try {
    response = await fetch("explain", {
      method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(record()),
    });
    answer = await response.json();
  } catch (reason) {
    response = null;
  }
  if (asked !== latest) return; // an answer that was overtaken
  clearMarks();
  if (response === null) {
    showProblem("The server does not answer.");
  } else if (!response.ok) {
    showProblem(answer.error, answer.column);
  } else {
    part("answer").hidden = false;
    showPrediction(answer);
  }
  document.body.dataset.answered = String(asked);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  predict();
});
form.addEventListener("change", () => {
  if (latest > 0) predict();
});
form.addEventListener("reset", () => {
  latest++;
  clearMarks();
  part("answer").hidden = true;
  part("hint").hidden = false;
});
part("fill").addEventListener("click", () => {
  schema.columns.forEach((column, i) => {
    const cell = part("cell" + i);
    if (column.levels) {
      cell.selectedIndex = 1 + Math.floor(Math.random() * column.levels.length);
    } else if (column.number && column.usual !== null) {
      cell.value = number(column.usual * (0.5 + Math.random()), 3);
    }
  });
  predict();
});
