global using Net.Mesh.Cortex;
global using PostcardCodecs = Net.Mesh.Cortex.Postcard;
