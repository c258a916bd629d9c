global using Net.Mesh.Interop.Tests.Driver;
