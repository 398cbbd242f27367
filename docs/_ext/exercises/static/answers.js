/* What the reader answered, kept in their own browser and sent nowhere. */
"use strict";

const pageAnswers = (() => {
  const KEY = "attention-accounted-for:answers";
  let unkept = {}; // where the browser keeps nothing, until the page is closed

  const all = () => {
    try {
      return { ...JSON.parse(localStorage.getItem(KEY)), ...unkept };
    } catch {
      return unkept;
    }
  };

  const replace = (answers) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(answers));
      unkept = {};
    } catch {
      unkept = answers;
    }
  };

  const get = (id) => all()[id];
  const set = (id, answer) => replace({ ...all(), [id]: answer });

  const remove = (id) => {
    const { [id]: gone, ...others } = all();
    replace(others);
  };

  return { all, get, set, remove, clear: () => replace({}) };
})();
