/** What runs once the messages of the page's language are there. */

import { mount } from "svelte";

import App from "./App.svelte";
import { keepShell } from "./installed/register";
import { site } from "./state/site.svelte";

export function begin(): void {
  const target = document.getElementById("app");
  if (target) mount(App, { target });
  void site.begin();
  keepShell();
}
