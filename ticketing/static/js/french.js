/* Fold and split words as the server does (`matrix.french.fold`, `ticketing.web.vocabulary.words_of`), to compare them
   in the browser. The server writes its own lists at the head of this bundle (see web/assets.py). */
/* global guichetFrenchLists */
const guichetFrench = (function () {
  "use strict";

  const { folded, empty, common } = guichetFrenchLists;
  const letters = new RegExp("[" + Object.keys(folded).join("") + "]", "g");
  const left = new Set(empty), many = new Set(common);

  /** Lower case without accents, « œ » as « oe », « ø » as « o ». */
  const fold = (text) => text.normalize("NFKC").toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "")
    .replace(letters, (letter) => folded[letter]);

  /** The words worth searching, folded, without stop words, final plural, nor common words if there are others. */
  const wordsOf = (text) => {
    const found = (fold(text).match(/[a-z0-9@]+/g) || []).filter((word) => !left.has(word));
    const told = found.filter((word) => !many.has(word));
    return (told.length ? told : found).map((word) => (word.length > 3 && /[sx]$/.test(word) ? word.slice(0, -1) : word));
  };

  /** A word of `wordsOf`, and what follows an article that is glued to it (« limprimante »). */
  const spellings = (word) => {
    const glued = /^(?:[ldjmtsnc]|qu)(?=[aeiouyh])(.{4,})$/.exec(word);
    return glued ? [word, glued[1]] : [word];
  };

  return { fold, wordsOf, spellings };
})();
