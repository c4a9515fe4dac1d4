import "./styles/main.css";
import { render } from "preact";
import { App } from "./app/app.jsx";

const root = document.getElementById("root");
if (root) render(<App />, root);
