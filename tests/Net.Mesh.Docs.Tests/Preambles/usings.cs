using Net.Mesh;
// <block>
