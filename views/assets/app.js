/* What pages need of a script of our own: local times, the drawer. Everything works without it, less comfortably. */
(() => {
  const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

  /** Shows moments in the reader's zone; the UTC text stays in the title. */
  const showTimes = (root) => {
    for (const time of root.querySelectorAll('time[datetime]:not([data-zoned])')) {
      const moment = new Date(time.getAttribute('datetime'));
      if (Number.isNaN(moment.getTime())) continue;
      time.textContent = zoned.format(moment);
      time.setAttribute('data-zoned', '');
    }
  };

  const openDrawer = () => {
    const drawer = document.getElementById('drawer');
    if (drawer && !drawer.open) drawer.showModal();
  };

  document.addEventListener('htmx:after:swap', (event) => {
    showTimes(document);
    const target = event.detail?.ctx?.target ?? event.target;
    if (target?.id === 'drawer-body') openDrawer();
  });
  document.addEventListener('DOMContentLoaded', () => showTimes(document));
})();
