
// Without it the page is complete; with it, a click on a title sorts the table of students.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  const titles = [...table.tHead.rows[0].cells];
  titles.forEach((title, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...title.childNodes);
    title.append(button);
    button.addEventListener("click", () => {
      const down = title.getAttribute("aria-sort") === "ascending";
      titles.forEach((each) => each.removeAttribute("aria-sort"));
      title.setAttribute("aria-sort", down ? "descending" : "ascending");
      const isNumber = title.classList.contains("number");
      const value = (row) => {
        const text = row.cells[column].textContent.trim();
        if (!isNumber) return text;
        const sum = text.split("+").map(parseFloat).reduce((one, other) => one + other);
        return Number.isNaN(sum) ? null : sum;
      };
      const compare = (one, other) => {
        const [a, b] = [value(one), value(other)];
        if (a === b) return 0;
        if (a === null || a === "") return 1;
        if (b === null || b === "") return -1;
        const order = isNumber ? a - b : a.localeCompare(b);
        return down ? -order : order;
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
