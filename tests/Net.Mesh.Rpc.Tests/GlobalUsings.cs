global using System.Text;
global using Net.Mesh.Testing;
global using Net.Mesh.Rpc.Tests.Mesh;
