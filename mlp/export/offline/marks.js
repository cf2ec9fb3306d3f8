// Marks of points: one for each class.

const POINT = 5; // pixels from a point's middle to its edge

// Classes differ in shape, not in color alone: circle, square, diamond, triangle, hexagon, triangle downward.
function symbol(pen, x, y, kind) {
  const corners = [24, 4, 4, 3, 6, 3][kind % 6];
  const turned = [0, Math.PI / 4, 0, -Math.PI / 2, 0, Math.PI / 2][kind % 6];
  pen.lineWidth = 1.25;
  pen.beginPath();
  for (let corner = 0; corner < corners; corner++) {
    const angle = turned + (2 * Math.PI * corner) / corners;
    pen.lineTo(x + POINT * Math.cos(angle), y + POINT * Math.sin(angle));
  }
  pen.closePath();
  pen.fill();
  pen.stroke();
}
