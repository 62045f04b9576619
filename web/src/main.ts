import "./app.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { keepShell } from "./installed/register";
import { site } from "./state/site.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target });
void site.begin();
keepShell();
