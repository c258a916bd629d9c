global using Net.Mesh.Cortex;
global using Net.Mesh.Cortex.Replication;
