global using Net.Mesh.Cortex;
