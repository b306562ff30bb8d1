// Where a form asks for a time zone and nothing is chosen yet, the one of the person who looks is a good answer.

export function chooseZones() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  for (const list of document.querySelectorAll("select[data-own-zone]")) {
    if ([...list.options].some((option) => option.value === timeZone)) list.value = timeZone;
  }
}
