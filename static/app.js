// What the browser adds to the pages: live updates, the clock, the keyboard, the player. Every page works without it.
import { watchConnections } from "./js/connection.js";
import { watchDialogs } from "./js/dialogs.js";
import { watchFilters } from "./js/filters.js";
import { watchKeys } from "./js/keys.js";
import "./js/listen.js";
import { watchNotices } from "./js/notices.js";
import { watchPanel } from "./js/panel.js";
import { watchOffers } from "./js/offers.js";
import "./js/player.js";
import "./js/softphone.js";
import { watchPreferences } from "./js/preferences.js";
import { registerRows } from "./js/rows.js";
import { watchSupervision } from "./js/supervise.js";
import "./js/talk.js";
import { startTimers } from "./js/timers.js";

registerRows();
watchNotices();
watchConnections();
watchPanel();
watchDialogs();
watchFilters();
watchPreferences();
watchSupervision();
watchOffers();
watchKeys();
startTimers();
