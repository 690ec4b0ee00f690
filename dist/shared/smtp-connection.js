export { t as default } from "./nodemailer.js";
