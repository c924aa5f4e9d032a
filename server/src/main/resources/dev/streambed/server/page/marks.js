// What is drawn around points of the map: rings, and the place of a query.

/** Draws a circle. */
export function ring(context, x, y, radius, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

/** Draws where a query is, with a label. */
export function drawQuery(context, [x, y], label, colours) {
  context.fillStyle = colours.surface;
  context.beginPath();
  context.arc(x, y, 12, 0, 2 * Math.PI);
  context.fill();
  ring(context, x, y, 9, colours.accent, 3);
  context.fillStyle = colours.accent;
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colours.surface;
  const above = y > 34;
  context.strokeText(label, x, above ? y - 17 : y + 27);
  context.fillStyle = colours.ink;
  context.fillText(label, x, above ? y - 17 : y + 27);
}
