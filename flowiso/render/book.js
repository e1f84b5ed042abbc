(() => {
  const plain = (text) => text.toLowerCase().normalize("NFD").replaceAll("đ", "d\u0335").replaceAll(/\s+/g, " ");
  // A letter typed bare finds it under any marks; a mark that is typed must be there. So "d" finds đ, and "đ" finds no d.
  const pattern = (word) => new RegExp(
    [...plain(word)].map((sign) => sign.replace(/[\\^$.*+?()[\]{}|\/]/, "\\$&") + "[\\u0300-\\u036f]*").join(""), "u");
  const form = document.getElementById("search"), input = form.querySelector("input"), said = form.querySelector("output");
  const groups = [...document.querySelectorAll("#index section")].map((group) => ({
    group,
    items: [...group.querySelectorAll("li")].map((item) => [item, plain(group.firstElementChild.textContent + " " + item.textContent)]),
  }));
  const search = () => {
    const patterns = input.value.split(/\s+/).filter(Boolean).map(pattern);
    let found = 0;
    for (const { group, items } of groups) {
      let here = 0;
      for (const [item, words] of items) {
        item.hidden = !patterns.every((one) => one.test(words));
        here += !item.hidden;
      }
      group.hidden = here === 0;
      found += here;
    }
    said.textContent = patterns.length ? said.dataset.words.replace("0", found) : "";
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    document.querySelector("#index li:not([hidden]) a")?.click();
  });
  input.addEventListener("input", search);
  search();
})();
