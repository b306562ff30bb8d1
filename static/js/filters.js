// The filters of the call log: an address without empty questions.

export function watchFilters() {
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (!ctx.sourceElement.matches("form.filters")) return;
    for (const [name, value] of [...ctx.request.body]) {
      if (value === "") ctx.request.body.delete(name);
    }
  });
}
