import { render } from "preact";
import { Page } from "./page.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("the page has no place to stand in");
render(<Page />, root);
